/**
 * Folds a key or a phrase for comparison: no case, no diacritics, nothing but letters and digits of any script. `Date_de-Naissance`
 * and `dateDeNaissance` are one.
 */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  if (/^[a-z0-9]*$/.test(lower)) return lower;
  return lower
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(/[ßıłøæđœ]/g, (letter) => plainLetters.get(letter) ?? letter)
    .replace(/[^\p{L}\p{N}\p{M}]/gu, '');
}

const plainLetters: ReadonlyMap<string, string> = new Map([
  ['ß', 'ss'],
  ['ı', 'i'],
  ['ł', 'l'],
  ['ø', 'o'],
  ['æ', 'ae'],
  ['đ', 'd'],
  ['œ', 'oe'],
]);

/** The words of a key or a stretch of prose, folded: `customerSSN_number 2` → customer, ssn, number, 2. */
export function foldedWords(text: string): readonly string[] {
  if (!/[^\0-\x7f]/.test(text)) return wordsOfAscii(text);
  const parted = text
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2');
  const words = parted.match(/[\p{L}\p{M}]+|\p{N}+/gu) ?? [];
  return words.map(fold);
}

const SMALL = 1;
const CAPITAL = 2;
const DIGIT = 3;

// The same for ASCII, in one pass.
function wordsOfAscii(text: string): readonly string[] {
  const lower = text.toLowerCase();
  const words: string[] = [];
  let start = 0;
  let before = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const kind = at < text.length ? kindOf(text.charCodeAt(at)) : 0;
    if (isBorder(before, kind, text, at)) {
      if (before !== 0) words.push(lower.slice(start, at));
      start = at;
    }
    before = kind;
  }
  return words;
}

function isBorder(before: number, kind: number, text: string, at: number): boolean {
  if (before === kind) return kind === CAPITAL && kindOf(text.charCodeAt(at + 1)) === SMALL;
  return !(before === CAPITAL && kind === SMALL);
}

function kindOf(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return SMALL;
  if (code >= 0x41 && code <= 0x5a) return CAPITAL;
  return code >= 0x30 && code <= 0x39 ? DIGIT : 0;
}
