import { termBefore } from '../context.ts';
import type { Scan } from '../finding.ts';
import { byteAt, isDigit, isLetterOrDigit, standsAt } from '../finding.ts';
import { detectAddress } from './address.ts';
import {
  endsAtBracket,
  endsAtComma,
  isAlone,
  isFractionEnd,
  isSmall,
  isWordAlone,
  plainEnds,
} from './plain-end.ts';

const DIGITS_MAX = 12;
const WHOLE_DIGITS_MAX = 4;

/**
 * Numbers as clean text is full of them: counts, ids of a database, fractions, times and dates of ISO 8601, with nothing around them
 * that the other detectors know and no term before them. Gives where to go on, found or not; 0 where the number must be looked at
 * closely. `at` is the first of a run of digits.
 */
export function behindPlainNumber(scan: Scan, at: number): number {
  const before = byteAt(scan, at - 1);
  if (mayGoOn(before) && !(before === 0x2d && !isDigit(byteAt(scan, at - 2)))) return 0;
  const { bytes } = scan;
  if (before === 0x20 && isDigit(byteAt(scan, at - 2))) return behindPart(scan, at);
  const stop = Math.min(scan.end, at + DIGITS_MAX + 1);
  let end = at + 1;
  while (end < stop && isDigit(bytes[end] ?? 0)) end += 1;
  const size = end - at;
  if (size > DIGITS_MAX) return 0;
  switch (byteAt(scan, end)) {
    case 0x2e:
      return behindFraction(scan, at, end);
    case 0x2d:
      return size === 4 ? behindDay(scan, at) : 0;
    case 0x2f:
      return size === 2 ? behindLogTime(scan, at) : 0;
    case 0x2c:
      return endsAtComma(scan, end, size) ? alone(scan, at, end) : 0;
    case 0x29:
      return endsAtBracket(scan, end) ? alone(scan, at, end) : 0;
    case 0x20:
      if (size <= 2 && isCapital(byteAt(scan, end + 1))) return behindDate(scan, at, end + 1);
      return plainEnds[byteAt(scan, end + 1)] === 1 || isWordAlone(scan, end + 1)
        ? alone(scan, at, end)
        : 0;
    default:
      return isAlone(scan, end) ? alone(scan, at, end) : 0;
  }
}

function alone(scan: Scan, at: number, end: number): number {
  const size = end - at;
  if (size >= 3 && (isZeroed(scan.bytes, at) || isNamed(scan, at))) return 0;
  return size < 7 ? behindHouse(scan, at, end) : end;
}

// What is neither followed by a blank nor follows the end of a word is no house number.
function behindHouse(scan: Scan, at: number, end: number): number {
  const before = byteAt(scan, at - 1);
  const isField = before === 0x22 || before === 0x2c || before === 0x5b;
  const isValue = before === 0x3a && byteAt(scan, at - 2) === 0x22;
  if ((isField || isValue) && byteAt(scan, end) !== 0x20) return end;
  return detectAddress(scan, at, end) || end;
}

// `1 2 3`, from the second on: no card, as the first was looked at with all of them, and no year.
function behindPart(scan: Scan, at: number): number {
  const { bytes } = scan;
  if (at >= scan.cardsReadTo || !isAmongPlainGroups(scan, at)) return 0;
  let end = at + 1;
  while (isDigit(byteAt(scan, end))) end += 1;
  const size = end - at;
  const isYear = size === 4 && (bytes[at] === 0x32 || bytes[at] === 0x31);
  // With the groups behind it, two digits may be what a term names.
  if (isYear || size > DIGITS_MAX || isNamed(scan, at)) return 0;
  return size < 7 ? detectAddress(scan, at, end) || end : end;
}

// Whether digits and blanks go on up to a byte that can be no part of an id with them.
function isAmongPlainGroups(scan: Scan, at: number): boolean {
  if (at >= scan.groupsReadTo) {
    let end = at;
    while (end < scan.end && isGroupByte(scan.bytes[end] ?? 0)) end += 1;
    scan.groupsReadTo = end;
    const next = byteAt(scan, end);
    scan.hasPlainGroups = plainEnds[next] === 1 || next === 0x0a || next === 0x0d;
  }
  return scan.hasPlainGroups;
}

function isGroupByte(byte: number): boolean {
  return isDigit(byte) || byte === 0x20;
}

// Whether a term before a number says that it is something that is looked for.
function isNamed(scan: Scan, at: number): boolean {
  const term = termBefore(scan, at);
  return term !== null && term.meaning !== 'none';
}

// Bytes before a number that make it a part of something: letters and digits, `_`, `.`, `-`, `+`, `(`.
function mayGoOn(before: number): boolean {
  return (
    isLetterOrDigit(before) ||
    before === 0x5f ||
    before === 0x2e ||
    before === 0x2d ||
    before === 0x2b ||
    before === 0x28
  );
}

function isZeroed(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x30 && bytes[at + 1] === 0x30;
}

// `0.0745`, `12.5` at the end of a field: no address of a network, no pair of coordinates, no telephone number.
function behindFraction(scan: Scan, at: number, point: number): number {
  const { bytes } = scan;
  const size = point - at;
  if (size > WHOLE_DIGITS_MAX || (size > 1 && bytes[at] === 0x30)) return 0;
  let end = point + 1;
  while (end < scan.end && isDigit(bytes[end] ?? 0)) end += 1;
  if (end === point + 1 || !isFractionEnd(scan, end, size, end - point - 1) || isNamed(scan, at))
    return 0;
  const found = behindHouse(scan, at, point);
  return found === point ? end : found;
}

// `16 March 2026`, by an English month's name; the date of a birth is looked at.
function behindDate(scan: Scan, at: number, start: number): number {
  let end = start + 1;
  while (isSmall(byteAt(scan, end))) end += 1;
  if (
    byteAt(scan, end) !== 0x20 ||
    end - start > MONTH_BYTES_MAX ||
    isCapital(byteAt(scan, at - 2))
  )
    return 0;
  const text = monthsBySum[sumOf(scan, start, end)];
  if (text === undefined || !standsAt(scan, start, text)) return 0;
  const year = byteAt(scan, end + 1) * 256 + byteAt(scan, end + 2);
  const isYear = year === 0x3230 || year === 0x3139 || year === 0x3138;
  if (
    !isYear ||
    end + 5 > scan.end ||
    !areDigits(scan.bytes, end + 3) ||
    isDigit(byteAt(scan, end + 5))
  )
    return 0;
  return isDayNumber(scan, at) && !isBirth(scan, at) ? end + 5 : 0;
}

function isBirth(scan: Scan, at: number): boolean {
  return termBefore(scan, at)?.meaning === 'birth';
}

const MONTH_BYTES_MAX = 9;
const monthsBySum: (string | undefined)[] = Array.from({ length: 1024 }, () => undefined);
const months =
  'January February March April May June July August September October November December';
for (const month of months.split(' ')) {
  for (const name of [month, month.slice(0, 3)]) {
    let sum = 0;
    for (let index = 0; index < name.length; index += 1) sum += name.charCodeAt(index);
    monthsBySum[sum] = name;
  }
}

function sumOf(scan: Scan, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at += 1) sum += scan.bytes[at] ?? 0;
  return sum;
}

// 1 to 31, and no more digits than that takes.
function isDayNumber(scan: Scan, at: number): boolean {
  const first = byteAt(scan, at) - 0x30;
  const second = byteAt(scan, at + 1);
  const day = isDigit(second) ? first * 10 + second - 0x30 : first;
  return day >= 1 && day <= 31;
}

function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

// `2026-01-05` by itself, or with a time.
function behindDay(scan: Scan, at: number): number {
  const end = at + 10;
  const next = byteAt(scan, end);
  if (next === 0x54 || next === 0x20) return behindTimestamp(scan, at);
  const century = byteAt(scan, at) * 256 + byteAt(scan, at + 1);
  const isYear = century === 0x3230 || century === 0x3139;
  if (!isYear || end > scan.end || !isDatePattern(scan.bytes, at) || !isAlone(scan, end)) return 0;
  const month = numberOf(scan, at + 5);
  return month >= 1 && month <= 12 && isDayNumber(scan, at + 8) && !isBirth(scan, at) ? end : 0;
}

// `21/Nov/2026:10:01:19 +0000`, as web servers write it.
function behindLogTime(scan: Scan, at: number): number {
  const { bytes } = scan;
  if (at + LOG_TIME_BYTES > scan.end || bytes[at + 6] !== 0x2f || bytes[at + 11] !== 0x3a) return 0;
  if (!isCapital(byteAt(scan, at + 3)) || !areDigits(bytes, at + 7) || !areDigits(bytes, at + 9))
    return 0;
  const isTime =
    areDigits(bytes, at + 12) &&
    bytes[at + 14] === 0x3a &&
    areDigits(bytes, at + 15) &&
    bytes[at + 17] === 0x3a &&
    areDigits(bytes, at + 18);
  if (!isTime || isBirth(scan, at)) return 0;
  const end = at + LOG_TIME_BYTES;
  return byteAt(scan, end) === 0x20 ? Math.max(end, behindZone(scan, end + 1)) : end;
}

const LOG_TIME_BYTES = 20;

// `dddd-dd-dd`, of which the first four are known to be digits.
function isDatePattern(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 4] !== 0x2d || bytes[at + 7] !== 0x2d) return false;
  return areDigits(bytes, at + 5) && areDigits(bytes, at + 8);
}

function numberOf(scan: Scan, at: number): number {
  return (byteAt(scan, at) - 0x30) * 10 + byteAt(scan, at + 1) - 0x30;
}

// `2026-01-05T13:12:16.950Z`, `2026-01-05 13:12:16,950`, with an offset or none; the time of a birth is looked at.
function behindTimestamp(scan: Scan, at: number): number {
  const { bytes } = scan;
  if (at + TIMESTAMP_BYTES > scan.end || !isDatePattern(bytes, at)) return 0;
  const sign = bytes[at + 10];
  const isTime = (sign === 0x54 || sign === 0x20) && bytes[at + 13] === 0x3a;
  if (!isTime || !areDigits(bytes, at + 11) || !areDigits(bytes, at + 14)) return 0;
  return isBirth(scan, at) ? 0 : behindZone(scan, behindSeconds(scan, at + TIMESTAMP_BYTES));
}

const TIMESTAMP_BYTES = 16;
const FRACTION_DIGITS_MAX = 9;

function behindSeconds(scan: Scan, at: number): number {
  if (at + 3 > scan.end || scan.bytes[at] !== 0x3a || !areDigits(scan.bytes, at + 1)) return at;
  const sign = byteAt(scan, at + 3);
  if ((sign !== 0x2e && sign !== 0x2c) || !isDigit(byteAt(scan, at + 4))) return at + 3;
  let end = at + 5;
  while (end < at + 4 + FRACTION_DIGITS_MAX && isDigit(byteAt(scan, end))) end += 1;
  return end;
}

function behindZone(scan: Scan, at: number): number {
  const sign = byteAt(scan, at);
  if (sign === 0x5a) return at + 1;
  if ((sign !== 0x2b && sign !== 0x2d) || at + 5 > scan.end || !areDigits(scan.bytes, at + 1))
    return at;
  const minutes = byteAt(scan, at + 3) === 0x3a ? at + 4 : at + 3;
  return minutes + 2 <= scan.end && areDigits(scan.bytes, minutes) ? minutes + 2 : at;
}

function areDigits(bytes: Uint8Array, at: number): boolean {
  return isDigit(bytes[at] ?? 0) && isDigit(bytes[at + 1] ?? 0);
}
