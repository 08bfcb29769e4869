import { createEndingFilter, mayEnd } from './ending-filter.ts';
import type { Scan } from './finding.ts';
import { cached, createByteCache } from '../schemas/byte-cache.ts';
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
  if (!mayHaveTerm(scan, at)) return null;
  const from = Math.max(scan.start, at - WINDOW_BYTES);
  const near = cached(nearTerms, scan.bytes, from, at);
  if (near !== null || from > scan.start || scan.keyPath === '') return near;
  return textOf(scan, from, at).trim().length < 24 ? nearestTerm(scan.keyPath) : null;
}

const NEAR_TERMS_SLOTS = 1024;

// Payloads of one tool begin alike: what stands before their first values is read once.
const nearTerms = createByteCache<Term | null, Uint8Array>(
  NEAR_TERMS_SLOTS,
  WINDOW_BYTES,
  (bytes, start, end) => nearestTerm(fieldOf(viewOf(bytes).toString('utf8', start, end))),
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

// What stands before the last end of a line, of a JSON string that another follows, or of a sentence, says nothing of this value.
function fieldOf(window: string): string {
  const boundary = /(?:[^\\]?["'}\]]\s*,|[;|\t}]|\\n|\n|[.!?]\s)(?=\s*[^\s])(?!\s*$)/g;
  let from = 0;
  for (const match of window.matchAll(boundary)) {
    const end = match.index + match[0].length;
    if (/[\p{L}\p{N}]/u.test(window.slice(end))) from = end;
  }
  return window.slice(from);
}

const filter = createEndingFilter(termEndings());

// Nearly all places have no term before them; words are told from terms by their last letters.
function mayHaveTerm(scan: Scan, at: number): boolean {
  const from = Math.max(scan.start, at - WINDOW_BYTES);
  let end = at;
  for (let word = 0; word < WORDS_LOOKED_AT + TERM_WORDS_MAX; word += 1) {
    while (end > from && !isWordByte(scan.bytes[end - 1] ?? 0)) end -= 1;
    if (end <= from) break;
    if (mayEnd(filter, scan.bytes, from, end)) return true;
    const last = end;
    while (end > from && isWordByte(scan.bytes[end - 1] ?? 0)) end -= 1;
    if (isCamel(scan, end, last)) return true;
  }
  return from === scan.start && scan.keyPath !== '' && at - from < 40;
}

function isCamel(scan: Scan, start: number, end: number): boolean {
  return (
    end - start > 6 && /[a-z][A-Z]/.test(latinOf(scan).slice(start - scan.start, end - scan.start))
  );
}

function isWordByte(byte: number): boolean {
  return isLetterOrDigit(byte) || byte >= 0x80;
}
