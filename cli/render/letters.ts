/** What a reader sees as letters (grapheme clusters), so that columns of names in any script line up as well as may be. */
export function letters(text: string): readonly string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
