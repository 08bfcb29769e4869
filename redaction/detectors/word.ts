import { termBefore, termBehind } from '../context.ts';
import type { Scan } from '../finding.ts';
import { WORD_LOOKS } from '../limits.ts';
import { byteAt, isLetterOrDigit, isTokenByte, latinOf, matchAt, report } from '../finding.ts';
import { ibanLengths } from '../ids/iban-lengths.ts';
import { letteredScheme } from '../ids/national-id.ts';
import { isBase58Address } from '../ids/wallet.ts';
import { isIban, ruleOfValue } from '../value-shape.ts';
import type { Term } from '../vocabulary/dictionary.ts';
import { classOfMeaning } from '../vocabulary/meaning.ts';
import { detectAddress } from './address.ts';
import { detectEncoded, ENCODED_BYTES_MIN, isHexDigit } from './encoded.ts';
import { detectAzureSecret, detectBehindId, detectMarked } from './marked-secret.ts';
import { detectDashedMac } from './network-address.ts';
import { detectRandomToken } from './random-token.ts';
import { detectPrefixedWord } from './secret-prefix.ts';

const LOOK_BACK_BYTES_MAX = 64;
/** With prefix; what is shorter is no key. */
const PREFIXED_BYTES_MIN = 16;
/** A longer run is no id. */
const ID_BYTES_MAX = 20;

const iban =
  /[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]{4}){2,7}(?:[ -]?[A-Za-z0-9]{1,3})?(?![A-Za-z0-9])/y;
const grouped = /[A-Za-z0-9]{1,17}(?:[ \-.][A-Za-z0-9]{1,8}){0,4}(?:\([0-9A]\))?(?![A-Za-z0-9])/y;
const valued =
  /[A-Za-z0-9]{1,24}(?:(?:[ ]?[-/.][ ]?| )(?=[A-Z]{0,3}\d)[A-Za-z0-9]{1,14}){0,4}(?![A-Za-z0-9])/y;
const ukPostcode =
  /(?:[A-PR-UWYZ][A-HK-Y]?\d[0-9A-HJKPS-UW]?|GIR) ?\d[ABD-HJLNP-UW-Z]{2}(?![A-Za-z0-9])/y;
const canadianPostcode =
  /[ABCEGHJ-NPRSTVXY]\d[A-CEGHJ-NPR-TV-Z] ?\d[A-CEGHJ-NPR-TV-Z]\d(?![A-Za-z0-9])/y;
const etherWallet = /0x[0-9a-fA-F]{40}(?![0-9a-zA-Z])/y;
const bech32Wallet = /bc1[02-9ac-hj-np-z]{25,62}(?![0-9a-zA-Z])/y;
const base58Wallet = /[13][1-9A-HJ-NP-Za-km-z]{25,34}(?![0-9a-zA-Z])/y;

/**
 * A word with letters and digits: ids with check characters, IBANs, postcodes, wallets, encoded data, and whatever a term before it
 * names. `at` is a digit in the word. Each word is read once. Gives where to go on.
 */
export function detectWord(scan: Scan, at: number): number {
  if (at < scan.wordsReadTo) return scan.wordsReadTo;
  const floor = Math.max(scan.start, at - LOOK_BACK_BYTES_MAX, scan.findings.at(-1)?.end ?? 0);
  let start = at;
  while (start > floor && isLetterOrDigit(byteAt(scan, start - 1))) start -= 1;
  let end = at + 1;
  while (end < scan.end && isLetterOrDigit(scan.bytes[end] ?? 0)) end += 1;
  scan.wordsReadTo = end;
  scan.requestLooksLeft -= WORD_LOOKS;
  start = behindEscape(scan, start, at);
  const found = detectFrom(scan, start, end);
  if (found > end) scan.wordsReadTo = found;
  return found === 0 ? end : found;
}

// The `n` of `\n`, and the digits of `\u0022` and `%22`, are no letters of the word behind them.
function behindEscape(scan: Scan, start: number, at: number): number {
  if (byteAt(scan, start - 1) === 0x5c && start < at) {
    return byteAt(scan, start) === 0x75 ? Math.min(at, start + 5) : start + 1;
  }
  return byteAt(scan, start - 1) === 0x25 ? Math.min(at, start + 2) : start;
}

function detectFrom(scan: Scan, start: number, end: number): number {
  const size = end - start;
  const before = byteAt(scan, start - 1);
  if (size === 8 && byteAt(scan, end) === 0x2d && isUuid(scan, start))
    return detectTermed(scan, start, start + UUID_BYTES) || start + UUID_BYTES;
  if (size >= PREFIXED_BYTES_MIN || byteAt(scan, end) === 0x7e || before === 0x3a) {
    const secret =
      detectPrefixedWord(scan, start) ||
      detectAzureSecret(scan, end) ||
      detectBehindId(scan, start);
    if (secret !== 0) return secret;
  }
  if (size >= ENCODED_BYTES_MIN - 4) {
    const hidden = detectEncoded(scan, start, end);
    if (hidden !== 0) return hidden;
    // A digest or an id of a trace: nothing else is written so.
    if (isSmallHex(scan, start, end))
      return (
        detectIban(scan, start) || (size <= ID_BYTES_MAX + 12 ? detectTermed(scan, start, end) : 0)
      );
    const encoded =
      detectWallet(scan, start, size) ||
      detectMarked(scan, start, end) ||
      detectRandomToken(scan, start, end);
    if (encoded !== 0) return encoded;
  }
  if (size <= 6 && isHouseNumber(scan, start, end)) {
    const address = detectAddress(scan, start, end - 1);
    if (address !== 0) return address;
  }
  if (before === 0x5f || before === 0x2d || before === 0x2b) return detectTermed(scan, start, end);
  return (
    detectIban(scan, start) ||
    (size <= 2 || size === 4 ? detectDashedMac(scan, start) : 0) ||
    (size <= ID_BYTES_MAX
      ? detectSchemed(scan, start, end) || detectPostcode(scan, start, size)
      : 0) ||
    detectWallet(scan, start, size) ||
    (size <= ID_BYTES_MAX + 12 ? detectTermed(scan, start, end) : 0)
  );
}

function isSmallHex(scan: Scan, start: number, end: number): boolean {
  const { bytes } = scan;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte > 0x66 || (byte < 0x61 && byte > 0x39)) return false;
  }
  // What goes on, on either side, may be a key of several parts.
  const before = byteAt(scan, start - 1);
  const next = byteAt(scan, end);
  return before !== 0x2f && !isTokenByte(before) && !isTokenByte(next) && next !== 0x2e;
}

export const UUID_BYTES = 36;

/** Whether 36 bytes from a place are a UUID as RFC 9562 writes it. */
export function isUuid(scan: Scan, start: number): boolean {
  const { bytes } = scan;
  if (start + UUID_BYTES > scan.end) return false;
  for (let index = 0; index < UUID_BYTES; index += 1) {
    const byte = bytes[start + index] ?? 0;
    const isDash = index === 8 || index === 13 || index === 18 || index === 23;
    if (isDash ? byte !== 0x2d : !isHexDigit(byte)) return false;
  }
  return true;
}

// `221B`.
function isHouseNumber(scan: Scan, start: number, end: number): boolean {
  return (
    isDigitByte(byteAt(scan, end - 2)) &&
    !isDigitByte(byteAt(scan, end - 1)) &&
    isDigitByte(byteAt(scan, start))
  );
}

/** An IBAN by its country's length and its check. `start` is its first letter. 0 when it is none. */
export function detectIban(scan: Scan, start: number): number {
  if (!isDigitByte(byteAt(scan, start + 2)) || !isDigitByte(byteAt(scan, start + 3))) return 0;
  const country = String.fromCharCode(byteAt(scan, start) & ~0x20, byteAt(scan, start + 1) & ~0x20);
  const length = ibanLengths[country];
  const text = length === undefined ? null : matchAt(scan, iban, start);
  if (length === undefined || text === null) return 0;
  let seen = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] !== ' ' && text[index] !== '-') seen += 1;
    if (seen < length) continue;
    const candidate = text.slice(0, index + 1);
    return isIban(candidate)
      ? report(scan, start, start + candidate.length, { dataClass: 'iban', rule: 'iban' })
      : 0;
  }
  return 0;
}

// Ids with their own check, or of a shape that nothing else has; all of them in capitals.
function detectSchemed(scan: Scan, start: number, end: number): number {
  for (let at = start; at < end; at += 1) if (isSmall(scan.bytes[at] ?? 0)) return 0;
  const alone = latinOf(scan).slice(start - scan.start, end - scan.start);
  const text = matchAt(scan, grouped, start) ?? alone;
  const candidates = text.length > alone.length ? [text, alone] : [alone];
  for (const candidate of candidates) {
    const compact = candidate.replace(/[ \-.()]/g, '');
    if (compact.length < 8 || compact.length > 18 || !isUpperCase(compact)) continue;
    const written = /^\d{6}-/.test(candidate) ? candidate : compact;
    // A check digit in brackets is a word beside it.
    const scheme = letteredScheme(written, /^[A-Z]{1,2}\d{6}\([0-9A]\)$/.test(candidate));
    if (scheme === null) continue;
    return report(scan, start, start + candidate.length, {
      dataClass: scheme.dataClass,
      rule: `${scheme.dataClass}:${scheme.name}`,
    });
  }
  return 0;
}

function detectPostcode(scan: Scan, start: number, size: number): number {
  // Without its blank it is any product's number.
  if (size > 7 || byteAt(scan, start + size) !== 0x20) return 0;
  const code = matchAt(scan, ukPostcode, start) ?? matchAt(scan, canadianPostcode, start);
  if (code === null || !code.includes(' ')) return 0;
  return report(scan, start, start + code.length, {
    dataClass: 'address',
    rule: 'address:postcode',
    tier: 'likely',
  });
}

function detectWallet(scan: Scan, start: number, size: number): number {
  const first = byteAt(scan, start);
  if (size < WALLET_BYTES_MIN) return 0;
  if (first !== 0x30 && first !== 0x62 && first !== 0x31 && first !== 0x33) return 0;
  let text = matchAt(scan, etherWallet, start) ?? matchAt(scan, bech32Wallet, start);
  const isWallet = text !== null && /[a-z]/.test(text) && /\d.*\d/.test(text);
  text ??= matchAt(scan, base58Wallet, start);
  if (text === null) return 0;
  return isWallet || isBase58Address(text)
    ? report(scan, start, start + text.length, {
        dataClass: 'bank_account',
        rule: 'bank:wallet',
        tier: 'likely',
      })
    : 0;
}

const WALLET_BYTES_MIN = 26;

// Whatever has the shape of what the word before it names: `passport K1234567`, `MRN: PT-00123`, `Kennzeichen B-MW 1234`.
function detectTermed(scan: Scan, start: number, end: number): number {
  if (scan.takesShortCuts && !hasTerm(scan, start, end)) return 0;
  const text = matchAt(scan, valued, start);
  if (text === null) return 0;
  const digitAt = text.search(/\d/);
  const term =
    termBefore(scan, start) ??
    termBefore(scan, start + digitAt) ??
    termBehind(scan, start + text.length);
  const dataClass = term === null ? null : classOfMeaning[term.meaning];
  if (term === null || dataClass === null || !isLookedFor(term)) return 0;
  let candidate = text;
  for (let tries = 0; tries < 5; tries += 1) {
    const rule = ruleOfValue(term, candidate, false);
    if (rule !== null)
      return report(scan, start, start + candidate.length, { dataClass, rule, tier: 'likely' });
    const shorter = candidate.replace(/[ \-./]+[A-Za-z0-9]+$/, '');
    if (shorter === candidate || start + shorter.length < end) break;
    candidate = shorter;
  }
  return 0;
}

// What no term stands before, nor in brackets behind.
function hasTerm(scan: Scan, start: number, end: number): boolean {
  const near = termBefore(scan, start);
  if (near !== null) return isLookedFor(near);
  let digitAt = start;
  while (digitAt < end && !isDigitByte(byteAt(scan, digitAt))) digitAt += 1;
  if (digitAt > start) {
    const within = termBefore(scan, digitAt);
    if (within !== null) return isLookedFor(within);
  }
  return goesOn(scan, end);
}

// Whether digits follow that belong to the same id (`K 123`, `AB-12`, `M/C4`), or a word in brackets.
function goesOn(scan: Scan, end: number): boolean {
  let at = end;
  if (byteAt(scan, at) === 0x20) at += 1;
  if (at > end && byteAt(scan, at) === 0x28) return true;
  const sign = byteAt(scan, at);
  if (sign === 0x2d || sign === 0x2e || sign === 0x2f) {
    at += 1;
    if (byteAt(scan, at) === 0x20) at += 1;
  }
  if (at === end) return false;
  for (let count = 0; count < 3 && isCapital(byteAt(scan, at)); count += 1) at += 1;
  return isDigitByte(byteAt(scan, at));
}

function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

function isLookedFor({ meaning }: Term): boolean {
  return meaning !== 'phone' && classOfMeaning[meaning] !== null;
}

function isDigitByte(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isSmall(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function isUpperCase(text: string): boolean {
  return text === text.toUpperCase();
}
