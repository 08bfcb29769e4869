import type { Scan } from '../finding.ts';
import {
  byteAt,
  isBehindEscape,
  isDigit,
  isHex,
  isLetterOrDigit,
  isTokenByte,
  report,
  standsAt,
  viewOf,
} from '../finding.ts';

const BEARER_BYTES_MIN = 8;
const BASIC_BYTES_MAX = 1024;
const USER_TOKEN_BYTES_MIN = 20;
/** Decoding a byte takes as long as reading some. */
const DECODING_COST = 4;
/** JSON escaped five times over. */
const BACKSLASHES_MAX = 31;

/** `Bearer <token>` wherever it stands (RFC 6750). `at` is the `B`, in any case. 0 when it is none. */
export function detectBearer(scan: Scan, at: number): number {
  if (!startsWord(scan, at, 'bearer')) return 0;
  const start = behindSpaces(scan, at + 6);
  if (start === at + 6) return 0;
  const limit = start + 64;
  const seen = credentialEnd(scan, start, limit);
  if (seen - start < BEARER_BYTES_MIN || !looksOpaque(scan, start, seen)) return 0;
  return drop(scan, start, credentialEnd(scan, seen, scan.end), 'bearer');
}

/** `Basic <base64 of user:password>` (RFC 7617). `at` is the `B`, in any case. 0 when it is none. */
export function detectBasic(scan: Scan, at: number): number {
  if (!startsWord(scan, at, 'basic')) return 0;
  const start = behindSpaces(scan, at + 5);
  if (start === at + 5) return 0;
  const end = credentialEnd(scan, start, Math.min(scan.end, start + BASIC_BYTES_MAX));
  if (end - start < 4) return 0;
  const decoded = Buffer.from(viewOf(scan.bytes).toString('latin1', start, end), 'base64');
  if (decoded.includes(0x3a)) return drop(scan, start, end, 'basic');
  scan.rereadsLeft -= DECODING_COST * (end - start);
  return 0;
}

/**
 * `scheme://user:password@host`: the part before `@` goes when it has a password or is as long as a token. `at` is the first
 * slash; the second one may be escaped, as some writers of JSON do (`https:\/\/`). 0 when there is none.
 */
export function detectUrlCredentials(scan: Scan, at: number): number {
  let second = at + 1;
  for (let count = 0; count < BACKSLASHES_MAX && byteAt(scan, second) === 0x5c; count += 1) {
    second += 1;
  }
  if (byteAt(scan, second) !== 0x2f) return 0;
  const start = second + 1;
  let sign = 0;
  let hasColon = false;
  // A slash ends the authority, so no byte is read for two addresses.
  for (let end = start; end < scan.end && isAuthorityByte(scan.bytes[end] ?? 0); end += 1) {
    if (scan.bytes[end] === 0x40) sign = end;
    if (scan.bytes[end] === 0x3a && sign === 0) hasColon = true;
  }
  const isSecret = sign > start && (hasColon || sign - start >= USER_TOKEN_BYTES_MIN);
  return isSecret ? drop(scan, start, sign, 'url_credentials') : 0;
}

// White space, quotes, brackets, `/`, `\`, `,`: where an authority cannot go on.
function isAuthorityByte(byte: number): boolean {
  return byte > 0x20 && !authorityEnds.has(byte);
}

const authorityEnds = new Set(
  Array.from('"\'<>/\\,`{}|^?#', (character) => character.charCodeAt(0)),
);

function startsWord(scan: Scan, at: number, lowerCase: string): boolean {
  const isWithin = isLetterOrDigit(byteAt(scan, at - 1)) && byteAt(scan, at - 2) !== 0x5c;
  if (isWithin && !isBehindEscape(scan, at)) return false;
  for (let index = 0; index < lowerCase.length; index += 1) {
    if ((byteAt(scan, at + index) | 0x20) !== lowerCase.charCodeAt(index)) return false;
  }
  return true;
}

// Blanks, also as `%20` and `+`, as they stand in queries and in baggage.
function behindSpaces(scan: Scan, start: number): number {
  let at = start;
  for (let count = 0; count < 4; count += 1) {
    const byte = byteAt(scan, at);
    if (byte === 0x20 || byte === 0x09 || byte === 0x2b || byte === 0x3a) at += 1;
    else if (byte === 0x25 && byteAt(scan, at + 1) === 0x32 && byteAt(scan, at + 2) === 0x30)
      at += 3;
  }
  return at;
}

function credentialEnd(scan: Scan, start: number, limit: number): number {
  const stop = Math.min(limit, scan.end);
  let at = start;
  while (at < stop) {
    const size = isCredentialByte(scan.bytes[at] ?? 0) ? 1 : escapedSize(scan, at);
    if (size === 0) break;
    at += size;
  }
  return Math.min(at, stop);
}

// `\/` and `\u002b`: how some writers of JSON put the `/` and `+` of a token, also where JSON stands in JSON.
function escapedSize(scan: Scan, start: number): number {
  let at = start;
  for (let count = 0; count < BACKSLASHES_MAX && byteAt(scan, at) === 0x5c; count += 1) at += 1;
  if (at === start) return 0;
  if (byteAt(scan, at) === 0x2f) return at + 1 - start;
  const isAscii = standsAt(scan, at, 'u00') && isHex(scan, at + 3) && isHex(scan, at + 4);
  const isKnown = isAscii && escapedCredential.has(scan.bytes[at + 4] ?? 0);
  return isKnown ? at + 5 - start : 0;
}

// The last digits of `\u002b`, `\u002f`, `\u003d`, `\u002d`, `\u007e`, in both cases. The quote (`\u0022`) ends a token.
const escapedCredential = new Set(Array.from('bBfFdDeE', (digit) => digit.charCodeAt(0)));

// RFC 6750 b64token: letters, digits, `-._~+/=`.
function isCredentialByte(byte: number): boolean {
  return (
    isTokenByte(byte) ||
    byte === 0x2e ||
    byte === 0x7e ||
    byte === 0x2b ||
    byte === 0x2f ||
    byte === 0x3d
  );
}

// A word of prose ("bearer authentication") has no digit and is short.
function looksOpaque(scan: Scan, start: number, end: number): boolean {
  if (end - start >= 24) return true;
  for (let at = start; at < end; at += 1) if (isDigit(scan.bytes[at] ?? 0)) return true;
  return false;
}

function drop(scan: Scan, start: number, end: number, kind: string): number {
  return report(scan, start, end, { dataClass: 'secret', rule: `authorization:${kind}` });
}
