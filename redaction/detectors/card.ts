import type { Scan } from '../finding.ts';
import { byteAt, isDigit, isHex, matchAt, report, standsAt } from '../finding.ts';

const DIGITS_MIN = 13;
const DIGITS_MAX = 19;

/**
 * Payment cards: 13–19 digits, also in groups parted by one or two spaces, dashes or no-break spaces (as they are, or as a query
 * and JSON write them), of an issuer's range and length, with a right check digit (Luhn, ISO/IEC 7812-1). `at` is the first digit of a run; the scan goes on behind the run.
 */
export function detectCard(scan: Scan, at: number): number {
  const end = runEnd(scan, at);
  if (end - at < DIGITS_MIN) return end;
  let group = isFraction(scan, at) ? groupEnd(scan, at) : at;
  while (group < end) {
    if (!isDigit(byteAt(scan, group))) {
      group = behindByte(scan, group);
      continue;
    }
    let cardEnd = longestCard(scan, group, end);
    if (cardEnd === 0 && group === at) {
      group = behindEscape(scan, at);
      cardEnd = longestCard(scan, group, end);
    }
    if (cardEnd !== 0) {
      const trackEnd = detectTrack(scan, group, cardEnd);
      if (trackEnd >= end) return trackEnd;
      if (trackEnd === 0) report(scan, group, cardEnd, { dataClass: 'card', rule: 'card' });
    }
    group = cardEnd === 0 ? groupEnd(scan, group) : cardEnd;
  }
  return end;
}

const tracks = /=\d{7,24}\??|D\d{7,24}F?(?![0-9A-Za-z])|\^[^^\n]{2,26}\^\d{7,64}\??/y;

/**
 * What a magnetic stripe holds behind a card's number (ISO/IEC 7813): expiry, service code and the issuer's data, on the first track behind
 * the holder's name. It may not be kept, not even in part (PCI DSS 4.0.1, 3.3.1.1), so it goes with the number. 0 when there is none.
 */
function detectTrack(scan: Scan, start: number, end: number): number {
  const behind = byteAt(scan, end);
  if (behind !== 0x3d && behind !== 0x44 && behind !== 0x5e) return 0;
  const track = matchAt(scan, tracks, end);
  if (track === null) return 0;
  const what = { dataClass: 'card_verification', rule: 'card:track' } as const;
  return report(scan, start, end + track.length, what);
}

// Where the digits go on when the first of them belong to an escaped character, as in `%224111…`, `%A04111…` and `\u00224111…`.
function behindEscape(scan: Scan, at: number): number {
  if (byteAt(scan, at - 1) === 0x25 && isHex(scan, at + 1)) return at + 2;
  if (byteAt(scan, at - 2) === 0x25 && isHex(scan, at - 1)) return at + 1;
  for (let read = 0; read < 4; read += 1) {
    if (standsAt(scan, at - read - 2, '\\u')) return at + 4 - read;
  }
  return at;
}

// The next place to look at: behind a digit, a separator or whatever it is.
function behindByte(scan: Scan, at: number): number {
  return at + Math.max(1, separatorSize(scan, at));
}

// The digits of the candidate at hand.
const window = new Uint8Array(DIGITS_MAX);

function runEnd(scan: Scan, start: number): number {
  const { bytes, end } = scan;
  let at = start + 1;
  for (;;) {
    while (at < end && isDigit(bytes[at] ?? 0)) at += 1;
    if (at >= end || parting[bytes[at] ?? 0] !== 1) return at;
    const next = behindSeparator(scan, at);
    if (next >= end || !isDigit(bytes[next] ?? 0)) return at;
    at = next;
  }
}

// First bytes of a separator: space, dash, the `+` of a query, and how a space or no-break space is encoded.
const parting = new Uint8Array(256);
for (const byte of [0x20, 0x2d, 0x2b, 0xc2, 0x25, 0x5c]) parting[byte] = 1;

function behindSeparator(scan: Scan, at: number): number {
  const once = at + separatorSize(scan, at);
  return once === at ? at : once + separatorSize(scan, once);
}

function separatorSize(scan: Scan, at: number): number {
  switch (byteAt(scan, at)) {
    case 0x20:
    case 0x2d:
    case 0x2b:
      return 1;
    case 0xc2:
      return byteAt(scan, at + 1) === 0xa0 ? 2 : 0;
    case 0x25:
    case 0x5c:
      return encodedSeparators.find((text) => standsAt(scan, at, text))?.length ?? 0;
    default:
      return 0;
  }
}

const encodedSeparators = ['%20', '%C2%A0', '%c2%a0', '\\u00a0', '\\u00A0'];

function groupEnd(scan: Scan, start: number): number {
  let at = start;
  while (isDigit(byteAt(scan, at))) at += 1;
  return at;
}

// `0.4532015112830366` is the fraction of a number, of which one in a hundred would pass for a card.
function isFraction(scan: Scan, at: number): boolean {
  return byteAt(scan, at - 1) === 0x2e && isDigit(byteAt(scan, at - 2));
}

// The end of the longest card that begins at a group and ends with one; 0 when there is none. The first six digits decide
// whether the rest is read at all.
function longestCard(scan: Scan, start: number, end: number): number {
  let count = 0;
  let found = 0;
  let issuer: Issuer | undefined;
  for (let at = start; at < end; at = behindByte(scan, at)) {
    const byte = scan.bytes[at] ?? 0;
    if (!isDigit(byte)) continue;
    if (count === DIGITS_MAX) return found;
    window[count] = byte - 0x30;
    count += 1;
    if (count === 1 && !isIssuersFirstDigit(byte)) return 0;
    if (count === ISSUER_DIGITS) {
      issuer = issuerOf();
      if (issuer === undefined) return 0;
    }
    if (issuer === undefined || count < issuer[2] || count > issuer[3]) continue;
    if (issuer[0] === VISA && count !== 13 && count !== 16 && count !== 19) continue;
    if (!isDigit(byteAt(scan, at + 1)) && passesLuhn(count)) found = at + 1;
  }
  return found;
}

// 2 to 6, and the 8 of UnionPay.
function isIssuersFirstDigit(byte: number): boolean {
  return (byte >= 0x32 && byte <= 0x36) || byte === 0x38;
}

type Issuer = readonly [number, number, number, number];

const ISSUER_DIGITS = 6;
const VISA = 400000;

// Issuer identification numbers by their first six digits: [from, to, shortest, longest]. Sources: the networks' published ranges
// (Visa 4; Mastercard 51–55 and 2221–2720; American Express 34, 37; Discover 6011, 644–649, 65; UnionPay 62, 81; JCB 3528–3589;
// Diners 300–305, 3095, 36, 38–39; Maestro 50, 56–58, 6304, 6390, 67; Mir 2200–2204; RuPay 60, 508; Elo, Hipercard in 50, 60, 63).
const issuers: readonly Issuer[] = [
  [400000, 499999, 13, 19],
  [510000, 559999, 16, 16],
  [222100, 272099, 16, 16],
  [340000, 349999, 15, 15],
  [370000, 379999, 15, 15],
  [600000, 609999, 16, 19],
  [644000, 659999, 16, 19],
  [620000, 629999, 16, 19],
  [810000, 817199, 16, 19],
  [352800, 358999, 16, 19],
  [300000, 305999, 14, 19],
  [309500, 309599, 14, 19],
  [360000, 369999, 14, 19],
  [380000, 399999, 14, 19],
  [500000, 509999, 13, 19],
  [560000, 589999, 13, 19],
  [630000, 639999, 13, 19],
  [670000, 679999, 13, 19],
  [220000, 220499, 16, 19],
];

function issuerOf(): Issuer | undefined {
  let prefix = 0;
  for (let index = 0; index < ISSUER_DIGITS; index += 1)
    prefix = prefix * 10 + (window[index] ?? 0);
  for (const issuer of issuers) if (prefix >= issuer[0] && prefix <= issuer[1]) return issuer;
  return undefined;
}

function passesLuhn(count: number): boolean {
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    const digit = window[count - 1 - index] ?? 0;
    const weighed = index % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}
