import { cached, createByteCache } from '../schemas/byte-cache.ts';
import type { EndingFilter } from './ending-filter.ts';
import { createEndingFilter, mayEnd } from './ending-filter.ts';
import type { Scan } from './finding.ts';
import { byteAt, isLetterOrDigit, textOf, viewOf } from './finding.ts';
import type { PlainKey } from './plain-keys.ts';
import type { Term } from './vocabulary/dictionary.ts';
import {
  foldedTerms,
  lastWordsOfTerms,
  TERM_WORDS_MAX,
  termEnding,
  termOf,
} from './vocabulary/dictionary.ts';
import { foldedWords } from './vocabulary/fold.ts';

const WINDOW_BYTES = 72;
const WORDS_BEFORE_MAX = 9;
const WORDS_LOOKED_AT = 5;

/**
 * The term nearest before a place, by whole words, within the same line or field: `SSN: 123…`, `"ssn":{"value":"123…`,
 * `Meine Handynummer ist 0151…`. The attribute's key counts as standing before the text. Null when there is none.
 */
export function termBefore(scan: Scan, at: number): Term | null {
  // One number is asked about by several detectors.
  if (scan.termAt !== at) {
    const key = isRightBehindKey(scan, at) ? scan.key : null;
    scan.termThere = key === null ? findTermBefore(scan, at) : termOfPlainKey(key);
    scan.termAt = at;
  }
  return scan.termThere;
}

// `,"key":"…`, `,"key": …`: nothing but the key is a word before the value.
function isRightBehindKey({ bytes, start, keyEnd, key, keyPath }: Scan, at: number): boolean {
  const gap = at - keyEnd;
  if (key === null || gap < 2 || gap > 4) return false;
  const before = bytes[at - 1] ?? 0;
  if (before !== 0x22 && before !== 0x3a && before !== 0x20) return false;
  if (keyPath !== '' && at - start <= KEY_NEAR_BYTES) return false;
  let place = keyEnd - key.bytes.length - 2;
  while (place >= start && kinds[bytes[place] ?? 0] === 0) place -= 1;
  if (place < start) return true;
  const kind = kinds[bytes[place] ?? 0];
  return kind === FIELD_END || (kind === LINE_BREAK && bytes[place - 1] !== 0x3a);
}

function termOfPlainKey(key: PlainKey): Term | null {
  key.term ??= { nearest: nearestTerm(key.key) };
  return key.term.nearest;
}

function findTermBefore(scan: Scan, at: number): Term | null {
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

const filter = createEndingFilter(foldedTerms());
// A term that says that a value is something else counts right before it only.
const farFilter = createEndingFilter(
  foldedTerms().filter((term) => termOf(term)?.meaning !== 'none'),
);
const FAR_WORDS = 3;
// The last words of terms of several words, for where something else than a blank parts them: `acc:no`.
const lastWordFilter = createEndingFilter(lastWordsOfTerms());

// Where the words begin that may name what follows; −1 when no term can be among them. Nearly all words are told from terms by their
// last letters. What stands before the end of a line, a sentence, or a field of JSON, says nothing of this value.
function fieldStart(scan: Scan, at: number): number {
  const { bytes } = scan;
  const from = Math.max(scan.start, at - WINDOW_BYTES);
  let isHopeful = scan.keyPath !== '' && at - scan.start <= KEY_NEAR_BYTES;
  let start = at;
  for (let word = 0; word < WORDS_LOOKED_AT + TERM_WORDS_MAX; word += 1) {
    const wordEnd = behindWord(scan, from, start, word > 0);
    if (wordEnd <= from) break;
    start = wordEnd - 1;
    while (start > from && kinds[bytes[start - 1] ?? 0] === WORD) start -= 1;
    const near = word < FAR_WORDS ? filter : farFilter;
    isHopeful ||=
      mayEnd(near, bytes, from, wordEnd) ||
      holdsTermEnd(near, bytes, from, start, wordEnd) ||
      (isParted(bytes, from, start) && mayEnd(lastWordFilter, bytes, start, wordEnd));
  }
  return isHopeful ? start : -1;
}

// Behind the word before a place, or `from` when a boundary stands between.
function behindWord(scan: Scan, from: number, at: number, isWithin: boolean): number {
  const { bytes } = scan;
  for (let end = at; end > from; end -= 1) {
    switch (kinds[bytes[end - 1] ?? 0] ?? 0) {
      case WORD:
        return end;
      case LINE_BREAK:
        if (byteAt(scan, end - 2) !== 0x3a) return from;
        break;
      case FIELD_END:
        if (isWithin) return from;
        break;
      case SENTENCE_END:
        if (isWithin && byteAt(scan, end) === 0x20) return from;
        break;
      default:
    }
  }
  return from;
}

/** Whether letters before a number may be the term of it: `SSN219…`. */
export function mayBeTerm(scan: Scan, start: number, end: number): boolean {
  return (
    mayEnd(filter, scan.bytes, start, end) || holdsTermEnd(filter, scan.bytes, start, start, end)
  );
}

const WORD = 1;
const LINE_BREAK = 2;
const FIELD_END = 3;
const SENTENCE_END = 4;
const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (isLetterOrDigit(byte) || byte >= 0x80) return WORD;
  if (byte === 0x0a) return LINE_BREAK;
  if (',;|}]\t'.includes(String.fromCharCode(byte))) return FIELD_END;
  return '.!?'.includes(String.fromCharCode(byte)) ? SENTENCE_END : 0;
});

// Whether something else than blanks, `_`, `-` and `.` stands before a word, over which the filter does not see.
function isParted(bytes: Uint8Array, from: number, start: number): boolean {
  let at = start;
  while (at > from && isPassedOver(bytes[at - 1] ?? 0)) at -= 1;
  return at > from && kinds[bytes[at - 1] ?? 0] !== WORD;
}

function isPassedOver(byte: number): boolean {
  return byte === 0x20 || byte === 0x2d || byte === 0x2e || byte === 0x5f;
}

// `customerSsnOld`, `phone2`: a term may end amid the run, where a capital or a digit begins a word.
function holdsTermEnd(
  near: EndingFilter,
  bytes: Uint8Array,
  from: number,
  start: number,
  end: number,
): boolean {
  let before = bytes[start] ?? 0;
  for (let at = start + 1; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (isBorder(before, byte, bytes[at + 1] ?? 0) && mayEnd(near, bytes, from, at)) return true;
    before = byte;
  }
  return false;
}

function isBorder(before: number, byte: number, next: number): boolean {
  if (byte >= 0x60) return before < 0x40;
  if (byte < 0x40) return before > 0x40;
  return before > 0x60 || before < 0x40 || (next > 0x60 && next < 0x80);
}
