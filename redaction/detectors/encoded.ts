import type { Scan } from '../finding.ts';
import { byteAt, isLetterOrDigit, report, viewOf } from '../finding.ts';

const LOOK_BACK_BYTES_MAX = 64;
/** Shorter data is not decoded. */
export const ENCODED_BYTES_MIN = 24;

/**
 * Base64 and hex that decode to text: what is in it is looked at, twice deep; with findings the whole blob goes. Gives the end of the
 * blob when it was dropped, 0 otherwise.
 */
export function detectEncoded(scan: Scan, from: number, wordEnd: number): number {
  // Before anything is read: of data of many words each would be read to the end of all of it.
  if (from < scan.encodedReadTo || scan.depth >= DEPTH_MAX) return 0;
  let end = wordEnd;
  while (end < scan.end && isEncodedByte(scan.bytes[end] ?? 0)) end += 1;
  let start = from;
  const floor = Math.max(
    scan.start,
    from - LOOK_BACK_BYTES_MAX,
    scan.findings.at(-1)?.end ?? 0,
    scan.encodedReadTo,
  );
  while (
    start > floor &&
    isEncodedByte(byteAt(scan, start - 1)) &&
    byteAt(scan, start - 1) !== 0x3d
  )
    start -= 1;
  if (end - start < ENCODED_BYTES_MIN) return 0;
  scan.encodedReadTo = end;
  scan.rereadsLeft -= 4 * (end - start);
  if (scan.takesShortCuts && !mayDecodeToText(scan.bytes, start, end)) return 0;
  const text = viewOf(scan.bytes).toString('latin1', start, end);
  const isHex = /^[0-9a-fA-F]+$/.test(text);
  const decoded = Buffer.from(text, isHex ? 'hex' : 'base64');
  if (!isText(decoded) || !scan.holdsFindings(decoded, scan.depth + 1)) return 0;
  scan.wordsReadTo = end;
  return report(scan, start, end, {
    dataClass: 'encoded',
    rule: isHex ? 'encoded:hex' : 'encoded:base64',
  });
}

/** Encoded data within encoded data is looked into this deep. */
const DEPTH_MAX = 2;

// Whether the first bytes, as hex and as base64, hold nothing that text does not: of random data one in thirty passes.
function mayDecodeToText(bytes: Uint8Array, start: number, end: number): boolean {
  const stop = Math.min(end, start + LOOKED_AT_MAX);
  let isHex = true;
  for (let at = start; at < end && isHex; at += 1) isHex = hexDigits[bytes[at] ?? 0] !== NO_DIGIT;
  const digits = isHex ? hexDigits : base64Digits;
  const width = isHex ? 4 : 6;
  let bits = 0;
  let held = 0;
  for (let at = start; at < stop; at += 1) {
    const digit = digits[bytes[at] ?? 0] ?? NO_DIGIT;
    if (digit === NO_DIGIT) return true;
    bits = ((bits << width) | digit) & 0xffff;
    held += width;
    if (held < 8) continue;
    held -= 8;
    if (isControl((bits >> held) & 0xff)) return false;
  }
  return true;
}

const NO_DIGIT = 255;
// 64 bytes of base64, 40 of hex.
const LOOKED_AT_MAX = 80;
const hexDigits = digitTable('0123456789abcdef', '0123456789ABCDEF');
const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const base64Digits = digitTable(`${base64Alphabet}+/`, `${base64Alphabet}-_`);

export function isHexDigit(byte: number): boolean {
  return hexDigits[byte] !== NO_DIGIT;
}

function digitTable(...alphabets: readonly string[]): Uint8Array {
  const table = new Uint8Array(256).fill(NO_DIGIT);
  for (const alphabet of alphabets) {
    for (let digit = 0; digit < alphabet.length; digit += 1)
      table[alphabet.charCodeAt(digit)] = digit;
  }
  return table;
}

function isControl(byte: number): boolean {
  return byte < 0x09 || (byte > 0x0d && byte < 0x20) || byte === 0x7f;
}

function isText(bytes: Buffer): boolean {
  const size = Math.min(bytes.length, 64);
  if (size < 8) return false;
  let odd = 0;
  for (let at = 0; at < size; at += 1) {
    const byte = bytes[at] ?? 0;
    if (isControl(byte)) return false;
    if (byte >= 0x80) odd += 1;
  }
  return (
    odd * 3 < size || !bytes.subarray(0, size).toString('utf8').slice(0, -2).includes('\ufffd')
  );
}

function isEncodedByte(byte: number): boolean {
  return (
    isLetterOrDigit(byte) ||
    byte === 0x2b ||
    byte === 0x2f ||
    byte === 0x3d ||
    byte === 0x2d ||
    byte === 0x5f
  );
}
