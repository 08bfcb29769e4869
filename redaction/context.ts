import { cached, createByteCache } from '../schemas/byte-cache.ts';
import { createEndingFilter, mayEnd } from './ending-filter.ts';
import type { Scan } from './finding.ts';
import { byteAt, isLetterOrDigit, latinOf, textOf, viewOf } from './finding.ts';
import type { Term } from './vocabulary/dictionary.ts';
import { TERM_WORDS_MAX, termEnding, termEndings, termOf } from './vocabulary/dictionary.ts';
import { foldedWords } from './vocabulary/fold.ts';

const WINDOW_BYTES = 72;
const WORDS_BEFORE_MAX = 9;
const WORDS_LOOKED_AT = 5;

/**
 * The term nearest before a place, by whole words, within the same line or field: `SSN: 123…`, `"ssn":{"value":"123…`,
 * `Meine Handynummer ist 0151…`. The attribute's key counts as standing before the text. Null when there is none.
 */
export function termBefore(scan: Scan, at: number): Term | null {
  const from = fieldStart(scan, at);
  if (from < 0) return null;
  const near = from < at ? cached(nearTerms, scan.bytes, from, at) : null;
  if (near !== null || scan.keyPath === '' || at - scan.start > KEY_NEAR_BYTES) return near;
  return nearestTerm(scan.keyPath);
}

const KEY_NEAR_BYTES = 24;
const NEAR_TERMS_SLOTS = 1024;

// Payloads of one tool begin alike: what stands before their first values is read once.
const nearTerms = createByteCache<Term | null, Uint8Array>(
  NEAR_TERMS_SLOTS,
  WINDOW_BYTES,
  (bytes, start, end) => nearestTerm(viewOf(bytes).toString('utf8', start, end)),
);

/** `123-45-6789 (SSN)`: a term in brackets right behind. */
export function termBehind(scan: Scan, at: number): Term | null {
  if (byteAt(scan, at) !== 0x20 || byteAt(scan, at + 1) !== 0x28) return null;
  const text = textOf(scan, at + 2, Math.min(scan.end, at + 34));
  const close = text.indexOf(')');
  return close < 0 ? null : nearestTerm(text.slice(0, close));
}

function nearestTerm(text: string): Term | null {
  const words = foldedWords(text);
  const first = Math.max(1, words.length - WORDS_BEFORE_MAX + 1);
  for (let end = words.length; end >= first; end -= 1) {
    const term = termEnding(words, end) ?? termWithin(words[end - 1] ?? '');
    // "in", "is", "no" and the like between a term and its value are passed over; `none` stands only right before it.
    if (term !== undefined && !(term.meaning === 'none' && words.length - end > 2)) return term;
  }
  return null;
}

// Scripts without blanks between words: the term stands at the end of the run, before a particle of a few letters.
function termWithin(run: string): Term | undefined {
  if (run.charCodeAt(run.length - 1) < 0x0370) return undefined;
  const characters = Array.from(run.slice(-16));
  for (let end = characters.length; end > 0 && end > characters.length - 6; end -= 1) {
    for (let size = Math.min(9, end); size >= 2; size -= 1) {
      const term = termOf(characters.slice(end - size, end).join(''));
      if (term !== undefined) return term;
    }
  }
  return undefined;
}

const filter = createEndingFilter(termEndings());

// Where the words begin that may name what follows; −1 when no term can be among them. Nearly all words are told from terms by their
// last letters. What stands before the end of a line, a sentence, or a field of JSON, says nothing of this value.
function fieldStart(scan: Scan, at: number): number {
  const from = Math.max(scan.start, at - WINDOW_BYTES);
  let start = at;
  let isHopeful = scan.keyPath !== '' && at - scan.start <= KEY_NEAR_BYTES;
  let end = at;
  for (let word = 0; word < WORDS_LOOKED_AT + TERM_WORDS_MAX; word += 1) {
    const wordEnd = behindWord(scan, from, end, word > 0);
    if (wordEnd <= from) break;
    isHopeful ||= mayEnd(filter, scan.bytes, from, wordEnd);
    end = wordEnd;
    while (end > from && isWordByte(scan.bytes[end - 1] ?? 0)) end -= 1;
    isHopeful ||= isCamel(scan, end, wordEnd);
    start = end;
  }
  return isHopeful ? start : -1;
}

// Behind the word before a place, or `from` when a boundary stands between.
function behindWord(scan: Scan, from: number, at: number, isWithin: boolean): number {
  let end = at;
  while (end > from) {
    const byte = scan.bytes[end - 1] ?? 0;
    if (isWordByte(byte)) return end;
    if (byte === 0x0a && byteAt(scan, end - 2) !== 0x3a) return from;
    if (isWithin && isBoundary(byte, byteAt(scan, end))) return from;
    end -= 1;
  }
  return end;
}

function isBoundary(byte: number, next: number): boolean {
  switch (byte) {
    case 0x2c:
    case 0x3b:
    case 0x7c:
    case 0x7d:
    case 0x5d:
    case 0x09:
      return true;
    case 0x2e:
    case 0x21:
    case 0x3f:
      return next === 0x20;
    default:
      return false;
  }
}

function isCamel(scan: Scan, start: number, end: number): boolean {
  return (
    end - start > 6 && /[a-z][A-Z]/.test(latinOf(scan).slice(start - scan.start, end - scan.start))
  );
}

function isWordByte(byte: number): boolean {
  return isLetterOrDigit(byte) || byte >= 0x80;
}
