import { cached, createByteCache } from '../schemas/byte-cache.ts';
import type { Scan } from './finding.ts';
import { byteAt, isLetterOrDigit, textOf, viewOf } from './finding.ts';
import type { PlainKey } from './plain-keys.ts';
import type { Term } from './vocabulary/dictionary.ts';
import { TERM_WORDS_MAX, termEnding, termOf } from './vocabulary/dictionary.ts';
import { foldedWords } from './vocabulary/fold.ts';
import {
  entryOfWord,
  FOREIGN,
  letterKinds,
  longerTerm,
  wordStart,
} from './vocabulary/term-table.ts';

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

/** The term nearest to the end of a key. */
export function termOfPlainKey(key: PlainKey): Term | null {
  key.term ??= { nearest: nearestTerm(key.key) };
  return key.term.nearest;
}

function findTermBefore(scan: Scan, at: number): Term | null {
  const near = nearTerm(scan, at);
  if (near !== null || scan.keyPath === '' || at - scan.start > KEY_NEAR_BYTES) return near;
  return termOfPath(scan.keyPath);
}

/** So near to a text's beginning its key counts as a word before a value. */
export const KEY_NEAR_BYTES = 24;
const KEY_PATHS_MAX = 1024;
const termsOfPaths = new Map<string, Term | null>();

function termOfPath(keyPath: string): Term | null {
  const known = termsOfPaths.get(keyPath);
  if (known !== undefined) return known;
  if (termsOfPaths.size >= KEY_PATHS_MAX) termsOfPaths.clear();
  const term = nearestTerm(keyPath);
  termsOfPaths.set(keyPath, term);
  return term;
}

// Word by word backwards. What was read for one place and holds no term is not read again for a place behind it, whose window is never
// wider: so a text's words are looked up once, however many numbers stand among them.
function nearTerm(scan: Scan, at: number): Term | null {
  const { bytes } = scan;
  const floor = Math.max(scan.start, at - WINDOW_BYTES);
  const clearTo = at >= scan.clearTo ? scan.clearTo : -1;
  let start = at;
  for (let word = 0; word < WORDS_BEFORE_MAX; word += 1) {
    const isSameRun = word > 0 && start > floor && letterKinds[bytes[start - 1] ?? 0] !== 0;
    const end = isSameRun ? start : behindWord(scan, floor, start, word > 0);
    if (end <= floor || end <= clearTo) break;
    if (letterKinds[bytes[end - 1] ?? 0] === FOREIGN) return foreignTerm(scan, floor, at);
    start = wordStart(bytes, floor, end);
    const before = start > scan.start ? letterKinds[bytes[start - 1] ?? 0] : 0;
    if (before === FOREIGN) return foreignTerm(scan, floor, at);
    // A word that begins before the window is not known.
    if (start === floor && before !== 0) break;
    const entry = entryOfWord(bytes, start, end);
    if (entry === undefined) continue;
    const longer = entry.isLast ? longerTermWithin(scan, { floor, at, start, end }) : null;
    if (longer === undefined) return foreignTerm(scan, floor, at);
    const isShort = end - start < SHORT_WORD_BYTES;
    const term = longer ?? (isShort && isTorn(scan, start) ? undefined : entry.term);
    // "in", "is", "no" and the like between a term and its value are passed over; `none` stands only right before it.
    if (term !== undefined && !(term.meaning === 'none' && word > 2)) return term;
  }
  scan.clearTo = Math.max(scan.clearTo, at);
  return null;
}

const SHORT_WORD_BYTES = 3;

// `MULDERx7`: one or two letters amid a run are no word of their own. The `n` of an escaped line break is no run.
function isTorn(scan: Scan, start: number): boolean {
  return letterKinds[byteAt(scan, start - 1)] !== 0 && byteAt(scan, start - 2) !== 0x5c;
}

type Word = {
  readonly floor: number;
  readonly at: number;
  readonly start: number;
  readonly end: number;
};

// Where the words of a phrase may begin is asked only when there is one.
function longerTermWithin(scan: Scan, { floor, at, start, end }: Word): Term | null | undefined {
  const longer = longerTerm(scan.bytes, floor, start, end);
  if (longer === null || longer === undefined) return longer;
  return longerTerm(scan.bytes, fieldStart(scan, floor, at), start, end);
}

const NEAR_TERMS_SLOTS = 1024;

// Payloads of one tool begin alike: what stands before their first values is read once.
const nearTerms = createByteCache<Term | null, Uint8Array>(
  NEAR_TERMS_SLOTS,
  WINDOW_BYTES,
  (bytes, start, end) => nearestTerm(viewOf(bytes).toString('utf8', start, end)),
);

function foreignTerm(scan: Scan, floor: number, at: number): Term | null {
  const from = fieldStart(scan, floor, at);
  return from < at ? cached(nearTerms, scan.bytes, from, at) : null;
}

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

// Where the words begin that may name what follows. What stands before the end of a line, a sentence, or a field of JSON, says nothing of
// this value.
function fieldStart(scan: Scan, floor: number, at: number): number {
  const { bytes } = scan;
  let start = at;
  for (let word = 0; word < WORDS_LOOKED_AT + TERM_WORDS_MAX; word += 1) {
    const wordEnd = behindWord(scan, floor, start, word > 0);
    if (wordEnd <= floor) break;
    start = wordEnd - 1;
    while (start > floor && kinds[bytes[start - 1] ?? 0] === WORD) start -= 1;
  }
  return start;
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
