/**
 * Tells nearly all words from the meaningful ones by their last letters, without making a string of them. A stranger may get through
 * to the exact look-up, a meaningful word is never held back. Case does not count; `_`, `-`, `.` and blanks are passed over.
 */
export type EndingFilter = {
  readonly two: Uint8Array;
  readonly short: Uint8Array;
  readonly long: Uint8Array;
};

const LETTERS = 6;
const LETTERS_MIN = 3;
const NO_KEY = 0;
const SEPARATOR = 64;
const FOREIGN = 128;

/** Folded endings; one with letters beyond ASCII is let through by its letters anyway. */
export function createEndingFilter(endings: readonly string[]): EndingFilter {
  const filter = {
    two: new Uint8Array(1 << 10),
    short: new Uint8Array(1 << (5 * LETTERS_MIN)),
    long: new Uint8Array(1 << 16),
  };
  for (const ending of endings) {
    if (!/^[a-z0-9]+$/.test(ending)) continue;
    if (ending.length < LETTERS_MIN) filter.two[codeOf(ending, 2)] = 1;
    else if (ending.length < LETTERS) filter.short[codeOf(ending, LETTERS_MIN)] = 1;
    else filter.long[slotOf(codeOf(ending, LETTERS))] = 1;
  }
  return filter;
}

/** Whether what ends before `end` may have one of the endings; nothing before `start` is read. */
export function mayEnd(
  filter: EndingFilter,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  let code = 0;
  let letters = 0;
  for (let at = end - 1; at >= start && letters < LETTERS; at -= 1) {
    const letter = letterCodes[bytes[at] ?? 0] ?? 0;
    if (letter === FOREIGN) return true;
    if (letter === NO_KEY) break;
    if (letter === SEPARATOR) {
      if (letters > 0 && letters <= 2 && filter.two[code] === 1) return true;
      continue;
    }
    code |= letter << (5 * letters);
    letters += 1;
    if (letters === LETTERS_MIN && filter.short[code] === 1) return true;
  }
  if (letters > 0 && letters <= 2) return filter.two[code] === 1;
  return letters === LETTERS && filter.long[slotOf(code)] === 1;
}

const letterCodes = Uint8Array.from({ length: 256 }, (_, byte) => {
  const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
  if (isLetter || (byte >= 0x30 && byte <= 0x39)) return byte & 31;
  if (byte >= 0x80) return FOREIGN;
  return byte === 0x5f || byte === 0x2d || byte === 0x2e || byte === 0x20 ? SEPARATOR : NO_KEY;
});

function codeOf(ending: string, letters: number): number {
  let code = 0;
  for (let letter = 0; letter < letters && letter < ending.length; letter += 1) {
    code |= (ending.charCodeAt(ending.length - 1 - letter) & 31) << (5 * letter);
  }
  return code;
}

function slotOf(code: number): number {
  return Math.imul(code, 0x9e3779b1) >>> 16;
}
