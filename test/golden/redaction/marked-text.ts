import { isDataClass } from '../../../redaction/data-classes.ts';
import type { Case, Span } from './labelled-case.ts';

/** Cases as people write them: a line each, `language<TAB>format<TAB>text`, values as `⟦class:value⟧`, `\\n` and `\\t` for breaks and tabs. */
export function readMarked(source: string): readonly Case[] {
  return source
    .trim()
    .split('\n')
    .map((line, at) => {
      const [language = '', format = '', marked = ''] = line.split('\t');
      return { id: `hand-written-${at + 1}`, language, format, ...unmarked(marked) };
    });
}

function unmarked(marked: string): Pick<Case, 'text' | 'spans'> {
  const spans: Span[] = [];
  let text = '';
  for (const part of marked
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t')
    .split(/(⟦[^⟧]*⟧)/)) {
    const [, dataClass = '', value = ''] = /^⟦(\w+):([\s\S]*)⟧$/.exec(part) ?? [];
    if (isDataClass(dataClass)) {
      spans.push({ start: text.length, end: text.length + value.length, dataClass });
      text += value;
    } else text += part;
  }
  return { text, spans };
}
