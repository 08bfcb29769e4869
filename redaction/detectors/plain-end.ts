import type { Scan } from '../finding.ts';
import { byteAt, isDigit, isLetterOrDigit } from '../finding.ts';

/** Whether what stands behind a number cannot be a part of an id, a telephone number, a date or an address with it. */
export function isAlone(scan: Scan, end: number): boolean {
  const next = byteAt(scan, end);
  const second = byteAt(scan, end + 1);
  switch (next) {
    case 0x2c:
      return second !== 0x20;
    case 0x5c:
      return second === 0x6e || second === 0x22;
    case 0x0a:
    case 0x0d:
    case 0x09:
      return second < 0x80;
    default:
      return plainEnds[next] === 1;
  }
}

/** Bytes behind which a number does not go on. */
export const plainEnds = new Uint8Array(256);
for (const end of '\0"\':;]}<>|&=!?*`') plainEnds[end.charCodeAt(0)] = 1;

/** ` ms,`, ` rows in`: a small word that is no month before a year. */
export function isWordAlone(scan: Scan, start: number): boolean {
  let at = start;
  while (isSmall(byteAt(scan, at))) at += 1;
  const size = at - start;
  if (size === 0 || (size === 2 && isOfDate(scan, start))) return false;
  if (isLetterOrDigit(byteAt(scan, at)) || byteAt(scan, at) >= 0x80) return false;
  for (let count = 0; count < 2 && isDateSign(byteAt(scan, at)); count += 1) at += 1;
  const next = byteAt(scan, at);
  return !isDigit(next) && next !== 0x64;
}

// `de`, `of`.
function isOfDate(scan: Scan, start: number): boolean {
  const second = byteAt(scan, start + 1);
  return (byteAt(scan, start) === 0x64 && second === 0x65) || second === 0x66;
}

function isDateSign(byte: number): boolean {
  return byte === 0x20 || byte === 0x2e || byte === 0x2c || byte === 0x2d;
}

export function isSmall(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

/** `90, {`: no day before its year, no year before its month. */
export function endsAtComma(scan: Scan, end: number, size: number): boolean {
  if (byteAt(scan, end + 1) !== 0x20) return true;
  const third = byteAt(scan, end + 2);
  return (
    !isDigit(third) && third !== 0x20 && (size !== 4 || !(isLetterOrDigit(third) || third >= 0x80))
  );
}

/** `(n === 0) {`: what goes on behind the bracket is no telephone number's. */
export function endsAtBracket(scan: Scan, end: number): boolean {
  const next = byteAt(scan, end + 1) === 0x20 ? byteAt(scan, end + 2) : byteAt(scan, end + 1);
  return !isDigit(next) && next !== 0x28;
}

const FRACTION_DIGITS_MIN = 4;
const DATE_DIGITS_MAX = 2;

/**
 * What a number with a point ends with: the end of a value of JSON; blanks and line breaks where the digits behind the point are too many
 * for groups of an id or a telephone number, or a word follows. `whole` and `fraction` are the counts of digits before and behind it.
 */
export function isFractionEnd(scan: Scan, end: number, whole: number, fraction: number): boolean {
  const next = byteAt(scan, end);
  const second = byteAt(scan, end + 1);
  if (next === 0x2c) return second === 0x22;
  if (next === 0x22 || next === 0x7d || next === 0x5d || next === 0) return true;
  const isLong = fraction >= FRACTION_DIGITS_MIN && whole < FRACTION_DIGITS_MIN;
  if (next === 0x0a || next === 0x0d || next === 0x09) return isLong && second < 0x80;
  if (next !== 0x20 || whole + fraction > FRACTION_BYTES_MAX) return false;
  if (isDigit(second) || second === 0x2d) return isLong;
  // `5.12 n` may be north.
  if (isSmall(second)) return second !== 0x6e && whole + fraction < 7;
  return second >= 0x41 && second <= 0x5a && whole > DATE_DIGITS_MAX && fraction < 3;
}

const FRACTION_BYTES_MAX = 19;
