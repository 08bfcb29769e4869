import { cached, createByteCache } from '../../schemas/byte-cache.ts';
import { KEY_NEAR_BYTES, termOfPlainKey } from '../context.ts';
import { createEndingFilter, mayEnd } from '../ending-filter.ts';
import type { Scan } from '../finding.ts';
import { byteAt, isLetterOrDigit, textOf, viewOf } from '../finding.ts';
import type { KeyMeaning } from '../key-names.ts';
import { keyMeaning, meaningfulEndings } from '../key-names.ts';
import type { PlainKey } from '../plain-keys.ts';
import { plainKeyBefore } from '../plain-keys.ts';
import { replacementFor } from '../replacement.ts';
import { detectTermValue } from './term-value.ts';
import type { ValueShape } from './value-extent.ts';
import { valueExtent } from './value-extent.ts';
import type { Term } from '../vocabulary/dictionary.ts';
import { isUuid, UUID_BYTES } from './word.ts';

const KEY_BYTES_MAX = 96;
const KEY_WORDS_MAX = 5;
const SPACES_MAX = 2;
/** JSON escaped five times over. */
const BACKSLASHES_MAX = 31;
const COLON = 0x3a;

/**
 * Values whose key says what they are, inside text: `"password":"…"` at any depth of escaping, `'password': '…'`, `password=…`,
 * `Authorization: …`, `?access_token=…&`, `userId=…` in baggage, `Date of birth: …`. `at` is the `:` or `=`. 0 when the key means nothing.
 */
export function detectNamedValue(scan: Scan, at: number): number {
  const { bytes } = scan;
  // The usual way, told apart first: `"key":`.
  const isPlainJson = at - scan.start >= 2 && bytes[at - 1] === 0x22 && bytes[at - 2] !== 0x5c;
  const plain = isPlainJson ? plainKeyBefore(bytes, scan.start, at - 1) : null;
  if (plain !== null && scan.takesShortCuts) {
    scan.key = plain;
    scan.keyEnd = at - 1;
    const uuidEnd = behindUuid(scan, at, plain);
    if (uuidEnd !== 0) return uuidEnd;
    if (plain.meaning.kind === 'ordinary' || plain.meaning.kind === 'structural') return 0;
  }
  const keyEnd = isPlainJson ? at - 1 : behindKey(scan, at);
  if (!mayEnd(filter, bytes, Math.max(scan.start, keyEnd - KEY_BYTES_MAX), keyEnd)) return 0;
  const keyQuote = quoteAt(scan, keyEnd);
  const isQuotedKey = keyQuote >= 0;
  const { key, meaning } = keyBefore(scan, keyEnd, isQuotedKey || bytes[at] === COLON);
  if (meaning.kind === 'ordinary' || meaning.kind === 'structural') return 0;
  const shape: ValueShape = {
    isQuotedKey,
    backslashes: Math.max(0, keyQuote - keyEnd),
    toLineEnd: !isQuotedKey && meaning.kind === 'secret' && meaning.toLineEnd,
  };
  if (meaning.kind === 'term') return detectTermValue(scan, at + 1, meaning.term, shape);
  const { start, end } = valueExtent(scan, at + 1, shape);
  return start >= end ? 0 : replace(scan, start, end, key, meaning);
}

// `"id":"<UUID>"`: of what keys name only devices, wallets, secrets and people are written so. 0 where it has to be looked at.
function behindUuid(scan: Scan, at: number, key: PlainKey): number {
  const { bytes } = scan;
  const quote = bytes[at + 1] === 0x20 ? at + 2 : at + 1;
  if (bytes[quote] !== 0x22 || bytes[quote + 9] !== 0x2d) return 0;
  const end = quote + 1 + UUID_BYTES;
  if (end >= scan.end || bytes[end] !== 0x22 || !isUuid(scan, quote + 1)) return 0;
  return mayNameUuid(key, scan, at) ? 0 : end + 1;
}

function mayNameUuid(key: PlainKey, scan: Scan, at: number): boolean {
  const { kind } = key.meaning;
  if (kind !== 'ordinary' && kind !== 'structural' && kind !== 'term') return true;
  if (scan.keyPath !== '' && at - scan.start <= KEY_NEAR_BYTES) return true;
  if (key.meaning.kind === 'term' && isWrittenAsUuid(key.meaning.term)) return true;
  const nearest = termOfPlainKey(key);
  return nearest !== null && isWrittenAsUuid(nearest);
}

// A device, a wallet, somebody's name for a machine: what stands under such a key and is long enough is taken for one.
function isWrittenAsUuid({ meaning }: Term): boolean {
  return meaning === 'device' || meaning === 'bank' || meaning === 'username';
}

function replace(scan: Scan, start: number, end: number, key: string, meaning: KeyMeaning): number {
  const replacement = replacementFor(meaning, textOf(scan, start, end), key, scan.tokens);
  if (replacement === null) {
    // What stays is read again: the scan goes on behind the separator.
    scan.rereadsLeft -= end - start;
    return 0;
  }
  scan.findings.push({ start, end, tier: 'certain', ...replacement });
  return end;
}

// Behind the key's last character: before blanks, the closing quote and its escapes.
function behindKey(scan: Scan, separator: number): number {
  let at = separator;
  for (let count = 0; count < SPACES_MAX && byteAt(scan, at - 1) === 0x20; count += 1) at -= 1;
  if (!isQuote(byteAt(scan, at - 1))) return at;
  at -= 1;
  for (let count = 0; count < BACKSLASHES_MAX && byteAt(scan, at - 1) === 0x5c; count += 1) at -= 1;
  return at;
}

type KeyFound = { readonly key: string; readonly meaning: KeyMeaning };

function keyBefore(scan: Scan, end: number, mayHaveBlanks: boolean): KeyFound {
  const start = keyStart(scan, end, 0);
  const found = keyFound(scan, start, end);
  if (found.meaning.kind !== 'ordinary' || !mayHaveBlanks) return found;
  if (byteAt(scan, start - 1) !== 0x20) return found;
  return keyFound(scan, keyStart(scan, end, KEY_WORDS_MAX), end);
}

function keyStart(scan: Scan, end: number, blanks: number): number {
  const limit = Math.max(scan.start, end - KEY_BYTES_MAX);
  let start = end;
  let blanksLeft = blanks;
  while (start > limit) {
    const byte = byteAt(scan, start - 1);
    if (!isKeyByte(byte)) {
      if (byte !== 0x20 || blanksLeft === 0 || byteAt(scan, start - 2) === 0x20) break;
      blanksLeft -= 1;
    }
    start -= 1;
  }
  return start;
}

function keyFound(scan: Scan, start: number, end: number): KeyFound {
  const found = cached(keys, scan.bytes, start, end);
  const { key, meaning } = found;
  if (meaning.kind !== 'ordinary' || byteAt(scan, start - 1) !== 0x5c) return found;
  // The `n` of an escaped line break before the key is not the key's.
  return { key: key.slice(1), meaning: keyMeaning(key.slice(1)) };
}

const KEYS_CACHED = 2048;
const keys = createByteCache<KeyFound, Uint8Array>(
  KEYS_CACHED,
  KEY_BYTES_MAX,
  (bytes, start, end) => {
    const key = viewOf(bytes).toString('utf8', start, end);
    return { key, meaning: keyMeaning(key) };
  },
);

// The place of the key's closing quote, behind its escapes; −1 for a bare key.
function quoteAt(scan: Scan, keyEnd: number): number {
  let at = keyEnd;
  for (let count = 0; count < BACKSLASHES_MAX && byteAt(scan, at) === 0x5c; count += 1) at += 1;
  return isQuote(byteAt(scan, at)) ? at : -1;
}

// Letters, digits, `_`, `-`, `.`: what a key is written with; and letters of other scripts.
function isKeyByte(byte: number): boolean {
  return isLetterOrDigit(byte) || byte === 0x5f || byte === 0x2d || byte === 0x2e || byte >= 0x80;
}

function isQuote(byte: number): boolean {
  return byte === 0x22 || byte === 0x27;
}

const filter = createEndingFilter(meaningfulEndings());
