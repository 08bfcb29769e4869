import type { Scan } from '../finding.ts';
import { byteAt, isLetterOrDigit, textOf, viewOf } from '../finding.ts';
import type { KeyMeaning } from '../key-names.ts';
import { keyMeaning, meaningfulEndings } from '../key-names.ts';
import { replacementFor } from '../replacement.ts';
import type { ValueShape } from './value-extent.ts';
import { valueExtent } from './value-extent.ts';

const KEY_BYTES_MAX = 96;
const SPACES_MAX = 2;
/** JSON escaped five times over. */
const BACKSLASHES_MAX = 31;

/**
 * Values whose key says what they are, inside text: `"password":"…"` at any depth of escaping, `'password': '…'`, `password=…`,
 * `Authorization: …`, `?access_token=…&`, `userId=…` in baggage. `at` is the `:` or `=`. 0 when the key means nothing.
 */
export function detectNamedValue(scan: Scan, at: number): number {
  const { bytes } = scan;
  // The usual way, told apart first: `"key":`.
  const isPlainJson = at - scan.start >= 2 && bytes[at - 1] === 0x22 && bytes[at - 2] !== 0x5c;
  const keyEnd = isPlainJson ? at - 1 : behindKey(scan, at);
  if (!mayMean(scan, keyEnd)) return 0;
  const { key, meaning } = keyBefore(scan, keyEnd);
  if (meaning.kind === 'ordinary') return 0;
  const keyQuote = quoteAt(scan, keyEnd);
  const shape: ValueShape = {
    isQuotedKey: keyQuote >= 0,
    backslashes: Math.max(0, keyQuote - keyEnd),
    toLineEnd: keyQuote < 0 && meaning.kind === 'secret' && meaning.toLineEnd,
  };
  const { start, end } = valueExtent(scan, at + 1, shape);
  return start >= end ? 0 : replace(scan, start, end, key, meaning);
}

function replace(scan: Scan, start: number, end: number, key: string, meaning: KeyMeaning): number {
  const replacement = replacementFor(meaning, textOf(scan, start, end), key, scan.tokens);
  if (replacement === null) {
    // What stays is read again: the scan goes on behind the separator.
    scan.rereadsLeft -= end - start;
    return 0;
  }
  scan.findings.push({ start, end, ...replacement });
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

function keyBefore(scan: Scan, end: number): KeyFound {
  let start = end;
  const limit = Math.max(scan.start, end - KEY_BYTES_MAX);
  while (start > limit && isKeyByte(byteAt(scan, start - 1))) start -= 1;
  const key = viewOf(scan.bytes).toString('latin1', start, end);
  const meaning = keyMeaning(key);
  if (meaning.kind !== 'ordinary' || byteAt(scan, start - 1) !== 0x5c) return { key, meaning };
  // The `n` of an escaped line break before the key is not the key's.
  return { key: key.slice(1), meaning: keyMeaning(key.slice(1)) };
}

// The place of the key's closing quote, behind its escapes; −1 for a bare key.
function quoteAt(scan: Scan, keyEnd: number): number {
  let at = keyEnd;
  for (let count = 0; count < BACKSLASHES_MAX && byteAt(scan, at) === 0x5c; count += 1) at += 1;
  return isQuote(byteAt(scan, at)) ? at : -1;
}

// Letters, digits, `_`, `-`, `.`: what a key is written with.
function isKeyByte(byte: number): boolean {
  return isLetterOrDigit(byte) || byte === 0x5f || byte === 0x2d || byte === 0x2e;
}

function isQuote(byte: number): boolean {
  return byte === 0x22 || byte === 0x27;
}

// Nearly all keys are told from the meaningful ones by their last six letters, without making a string of them. Each letter
// is its low five bits, so that case does not count; `_`, `-` and `.` are passed over.
function mayMean({ bytes, start }: Scan, end: number): boolean {
  let code = 0;
  let letters = 0;
  for (let at = end - 1; at >= start && letters < LETTERS; at -= 1) {
    const letter = letterCodes[bytes[at] ?? 0] ?? 0;
    if (letter === NO_KEY) break;
    if (letter === SEPARATOR) continue;
    code |= letter << (5 * letters);
    letters += 1;
    if (letters === LETTERS_MIN && shortEndings[code] === 1) return true;
  }
  return letters === LETTERS && longEndings[slotOf(code)] === 1;
}

const LETTERS = 6;
const LETTERS_MIN = 3;
const NO_KEY = 0;
const SEPARATOR = 64;

const letterCodes = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (isLetterOrDigit(byte)) return byte & 31;
  return isKeyByte(byte) ? SEPARATOR : NO_KEY;
});

// Endings of three to five letters by three of them; longer ones by a hash of six, which may let a stranger through to the exact look-up.
const shortEndings = new Uint8Array(1 << (5 * LETTERS_MIN));
const longEndings = new Uint8Array(1 << 16);
for (const ending of meaningfulEndings()) {
  if (ending.length < LETTERS) shortEndings[codeOf(ending, LETTERS_MIN)] = 1;
  else longEndings[slotOf(codeOf(ending, LETTERS))] = 1;
}

function codeOf(ending: string, letters: number): number {
  let code = 0;
  for (let letter = 0; letter < letters; letter += 1) {
    code |= (ending.charCodeAt(ending.length - 1 - letter) & 31) << (5 * letter);
  }
  return code;
}

function slotOf(code: number): number {
  return Math.imul(code, 0x9e3779b1) >>> 16;
}
