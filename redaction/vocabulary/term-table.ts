import type { Term } from './dictionary.ts';
import { foldedTerms, isLastWord, lastWordsOfTerms, TERM_WORDS_MAX, termOf } from './dictionary.ts';

/** A term, or the last word of one, as it is found in bytes. */
export type Entry = {
  readonly folded: string;
  readonly term: Term | undefined;
  /** Whether longer terms end with it. */
  readonly isLast: boolean;
};

/** What kind of letter a byte is for the words of a name: letters of both cases, digits, else 0. */
export const SMALL = 1;
export const CAPITAL = 2;
export const DIGIT = 3;
export const FOREIGN = 4;

export const letterKinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x61 && byte <= 0x7a) return SMALL;
  if (byte >= 0x41 && byte <= 0x5a) return CAPITAL;
  if (byte >= 0x30 && byte <= 0x39) return DIGIT;
  return byte >= 0x80 ? FOREIGN : 0;
});

/** Where the word begins that ends at `end`, of ASCII, within a run of letters and digits: `customerSSN2` → customer, SSN, 2. */
export function wordStart(bytes: Uint8Array, floor: number, end: number): number {
  const kind = letterKinds[bytes[end - 1] ?? 0] ?? 0;
  let at = end - 1;
  while (at > floor && letterKinds[bytes[at - 1] ?? 0] === kind) at -= 1;
  if (kind === SMALL && at > floor && letterKinds[bytes[at - 1] ?? 0] === CAPITAL) at -= 1;
  return at;
}

/** What the word of ASCII from `start` to `end` is among terms; undefined for nearly all words. */
export function entryOfWord(bytes: Uint8Array, start: number, end: number): Entry | undefined {
  const hash = hashedOn(SEED, bytes, start, end);
  return indexes[slotOf(hash)] === 0 ? undefined : entryOf(hash, bytes, start, end);
}

/**
 * The longest term of several words that ends with a last word, of which none begins before `floor`; null when there is none. Undefined
 * where letters beyond ASCII stand among what would have to be read.
 */
export function longerTerm(
  bytes: Uint8Array,
  floor: number,
  start: number,
  end: number,
): Term | null | undefined {
  let hash = hashedOn(SEED, bytes, start, end);
  let found: Term | null = null;
  let from = start;
  for (let word = 1; word < TERM_WORDS_MAX; word += 1) {
    let at = from;
    while (at > floor && letterKinds[bytes[at - 1] ?? 0] === 0) at -= 1;
    if (at <= floor) break;
    if (letterKinds[bytes[at - 1] ?? 0] === FOREIGN) return undefined;
    // `5D:DE:A7`: parts of an address are no words of a phrase.
    if (from === start && end - start === 1 && bytes[at] === COLON) return null;
    from = wordStart(bytes, floor, at);
    hash = hashedOn(hash, bytes, from, at);
    if (endsTerms[bitOf(hash)] === 0) break;
    found = entryOf(hash, bytes, from, end)?.term ?? found;
  }
  return found;
}

const COLON = 0x3a;
const SEED = 0x811c9dc5 | 0;
const SLOTS = 1 << 15;
const MASK = SLOTS - 1;

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & MASK;
}

// From the last letter to the first, so that a phrase is hashed on from its last word.
function hashedOn(hash: number, bytes: Uint8Array, start: number, end: number): number {
  let next = hash;
  for (let at = end - 1; at >= start; at -= 1) {
    const byte = bytes[at] ?? 0;
    next = Math.imul(next ^ (byte > 0x40 ? byte | 0x20 : byte), 0x01000193);
  }
  return next;
}

// Open addressing over the hashes; nearly all words end at an empty slot.
const hashes = new Int32Array(SLOTS);
const indexes = new Uint16Array(SLOTS);
const entries: Entry[] = [];

function entryOf(hash: number, bytes: Uint8Array, start: number, end: number): Entry | undefined {
  for (let slot = slotOf(hash); indexes[slot] !== 0; slot = (slot + 1) & MASK) {
    if (hashes[slot] !== hash) continue;
    const entry = entries[(indexes[slot] ?? 0) - 1];
    if (entry !== undefined && isWritten(entry.folded, bytes, start, end)) return entry;
  }
  return undefined;
}

// Whether the letters and digits of a stretch are those of a folded phrase.
function isWritten(folded: string, bytes: Uint8Array, start: number, end: number): boolean {
  let left = folded.length;
  for (let at = end - 1; at >= start; at -= 1) {
    const byte = bytes[at] ?? 0;
    if (letterKinds[byte] === 0) continue;
    left -= 1;
    if (left < 0 || folded.charCodeAt(left) !== (byte > 0x40 ? byte | 0x20 : byte)) return false;
  }
  return left === 0;
}

// Whether any term may end with a phrase, by a hash of it: nearly all stop at their second word.
const ENDS_MASK = (1 << 18) - 1;
const endsTerms = new Uint8Array(ENDS_MASK + 1);

function bitOf(hash: number): number {
  return (hash ^ (hash >>> 14)) & ENDS_MASK;
}

for (const folded of new Set([...foldedTerms(), ...lastWordsOfTerms()])) {
  if (!/^[a-z0-9]+$/.test(folded)) continue;
  const bytes = Buffer.from(folded);
  const hash = hashedOn(SEED, bytes, 0, bytes.length);
  let slot = slotOf(hash);
  while (indexes[slot] !== 0) slot = (slot + 1) & MASK;
  hashes[slot] = hash;
  indexes[slot] = entries.push({ folded, term: termOf(folded), isLast: isLastWord(folded) });
  for (let from = 0; from < bytes.length; from += 1)
    endsTerms[bitOf(hashedOn(SEED, bytes, from, bytes.length))] = 1;
}
