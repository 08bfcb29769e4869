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
  const parted = text
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2');
  const words = parted.match(/[\p{L}\p{M}]+|\p{N}+/gu) ?? [];
  return words.map(fold);
}
