import type { KeyMeaning } from './key-names.ts';
import { keyMeaning } from './key-names.ts';
import type { Term } from './vocabulary/dictionary.ts';

/** A key of JSON in plain quotes, and what it means. */
export type PlainKey = {
  readonly bytes: Uint8Array;
  readonly key: string;
  readonly meaning: KeyMeaning;
  /** The term nearest to its end, once it was asked for. */
  term?: { readonly nearest: Term | null };
};

const KEY_BYTES_MAX = 48;
const SLOTS = 4096;

// Direct mapped: the keys of a payload come again with each of its rows.
const slots: (PlainKey | undefined)[] = Array.from({ length: SLOTS }, () => undefined);

/** The key whose closing quote stands at `end`, when nothing but a quote stands before it; null for any other. */
export function plainKeyBefore(bytes: Uint8Array, floor: number, end: number): PlainKey | null {
  const limit = Math.max(floor, end - KEY_BYTES_MAX);
  let start = end;
  let hash = 0;
  while (start > limit && isPlain[bytes[start - 1] ?? 0] === 1) {
    start -= 1;
    hash = Math.imul(hash ^ (bytes[start] ?? 0), 0x01000193);
  }
  if (start === end || start <= floor || bytes[start - 1] !== 0x22) return null;
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  const known = slots[slot];
  if (known !== undefined && isSame(known.bytes, bytes, start, end - start)) return known;
  const own = Uint8Array.prototype.slice.call(bytes, start, end);
  const key = Buffer.from(own).toString('latin1');
  const made = { bytes: own, key, meaning: keyMeaning(key) };
  slots[slot] = made;
  return made;
}

function isSame(own: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (own.length !== length) return false;
  for (let at = 0; at < length; at += 1) if (own[at] !== bytes[start + at]) return false;
  return true;
}

// Letters, digits, `_`, `-`, `.`; keys with others are read the long way.
const isPlain = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9_.-]/.test(String.fromCharCode(byte)) && byte < 0x80 ? 1 : 0,
);
