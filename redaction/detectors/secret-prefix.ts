import type { Scan } from '../finding.ts';
import {
  byteAt,
  isBehindEscape,
  isDigit,
  isLetterOrDigit,
  isTokenByte,
  report,
  standsAt,
} from '../finding.ts';
import type { Alphabet, SecretPrefix } from './secret-prefixes.ts';
import { secretPrefixes } from './secret-prefixes.ts';

/** A JSON Web Token (RFC 7519): `eyJ…`, a dot and more. `at` is the `J`. 0 when it is none. */
export function detectJwt(scan: Scan, at: number): number {
  const start = at - 2;
  if (!standsAt(scan, start, 'eyJ')) return 0;
  // Each run of token characters is read once, so that many beginnings in one run cost no more than one.
  if (start >= scan.tokenRunEnd) scan.tokenRunEnd = tailEnd(scan, start, 'token', scan.end);
  const headerEnd = scan.tokenRunEnd;
  if (headerEnd - start < 12 || byteAt(scan, headerEnd) !== 0x2e) return 0;
  if (tailEnd(scan, headerEnd + 1, 'token', headerEnd + 5) < headerEnd + 5) return 0;
  return drop(scan, start, 'jwt', tailEnd(scan, headerEnd, 'dotted', scan.end));
}

/** `at` is the anchor of a prefix: its first `_`, `-`, `.`, else its first character. 0 when there is none around it. */
export function detectPrefixed(scan: Scan, at: number): number {
  const anchor = byteAt(scan, at);
  const before = beforeAnchor[(byteAt(scan, at - 1) << 8) | anchor] ?? 0;
  const behind = behindAnchor[(anchor << 8) | byteAt(scan, at + 1)] ?? 0;
  if (before === 0 && behind === 0) return 0;
  return detectRow(scan, at, groups[before]) || detectRow(scan, at, groups[behind]);
}

/**
 * Prefixes without a `_`, `-` or `.` in them, at the beginning of a word that holds a digit. `start` is the word's first character. 0
 * when there is none.
 */
export function detectPrefixedWord(scan: Scan, start: number): number {
  const pair = (byteAt(scan, start) << 8) | byteAt(scan, start + 1);
  const group = atWordStart[pair] ?? 0;
  return group === 0 ? 0 : detectRow(scan, start, groups[group]);
}

function detectRow(scan: Scan, at: number, rows: readonly AnchoredRow[] | undefined): number {
  for (const { row, offset } of rows ?? []) {
    const start = at - offset;
    if (!standsAt(scan, start, row.prefix)) continue;
    const from = start - row.before;
    if (row.before > 0 && tailEnd(scan, from, 'token', start) < start) continue;
    if (!row.anywhere && isLetterOrDigit(wordBefore(scan, from))) continue;
    const tail = start + row.prefix.length;
    if (!hasTail(scan, tail, row)) continue;
    return drop(scan, from, row.kind, secretEnd(scan, tail, row.alphabet));
  }
  return 0;
}

type AnchoredRow = { readonly row: SecretPrefix; readonly offset: number };

// The rows by the anchor and the byte before it, or behind it where the anchor is the prefix's first character: a pair of bytes is
// looked up, not compared row by row.
const groups: (AnchoredRow[] | undefined)[] = [undefined];
const beforeAnchor = new Uint8Array(1 << 16);
const behindAnchor = new Uint8Array(1 << 16);
const atWordStart = new Uint8Array(1 << 16);
for (const row of secretPrefixes) {
  const offset = Math.max(0, row.prefix.search(/[-_.]/));
  const table = offset > 0 ? beforeAnchor : tableAtFirst(row.prefix);
  const pairAt = Math.max(0, offset - 1);
  const pair = (row.prefix.charCodeAt(pairAt) << 8) | row.prefix.charCodeAt(pairAt + 1);
  if (table[pair] === 0) table[pair] = groups.push([]) - 1;
  groups[table[pair] ?? 0]?.push({ row, offset });
}

// `A` is an anchor of the scan, and so are the separators; other prefixes wait for a digit of their word.
function tableAtFirst(prefix: string): Uint8Array {
  return /^[A._-]/.test(prefix) ? behindAnchor : atWordStart;
}

/**
 * Webhooks: whoever has the URL can post. `at` is the first dot of the host, or the one before `webhook.office.com`. 0 when it is none.
 */
export function detectWebhook(scan: Scan, at: number): number {
  const before = byteAt(scan, at - 1);
  for (const { kind, text, dot } of webhooks) {
    if (text.charCodeAt(dot - 1) !== before || !standsAt(scan, at - dot, text)) continue;
    const start = at - dot + text.length;
    let end = start;
    while (end < scan.end && isPathByte(scan.bytes[end] ?? 0)) end += 1;
    return end - start < 8 ? 0 : drop(scan, start, kind, end);
  }
  return 0;
}

function isPathByte(byte: number): boolean {
  return isTokenByte(byte) || byte === 0x2f || byte === 0x40;
}

const webhooks = [
  ['slack_webhook', 'hooks.slack.com/services/'],
  ['slack_webhook', 'hooks.slack.com/workflows/'],
  ['slack_webhook', 'hooks.slack.com/triggers/'],
  ['discord_webhook', 'discord.com/api/webhooks/'],
  ['discord_webhook', 'discordapp.com/api/webhooks/'],
  ['teams_webhook', 'webhook.office.com/webhookb2/'],
  ['zapier_webhook', 'hooks.zapier.com/hooks/catch/'],
].map(([kind = '', text = '']) => ({ kind, text, dot: text.indexOf('.') }));

// How far behind the shortest tail digits are counted: a constant, so that scans stay linear.
const DIGITS_WITHIN_BYTES = 12;

function hasTail(scan: Scan, start: number, row: SecretPrefix): boolean {
  const { alphabet, tailMin, digitsMin, isMixed } = row;
  if (tailEnd(scan, start, alphabet, start + tailMin) < start + tailMin) return false;
  if (digitsMin === 0 && !isMixed) return true;
  const end = tailEnd(scan, start + tailMin, alphabet, start + tailMin + DIGITS_WITHIN_BYTES);
  let digits = 0;
  let cases = 0;
  for (let at = start; at < end; at += 1) {
    const byte = scan.bytes[at] ?? 0;
    if (isDigit(byte)) digits += 1;
    else if (isLetterOrDigit(byte)) cases |= byte & 0x20 ? 1 : 2;
  }
  return digits >= Math.max(digitsMin, isMixed ? 2 : 0) && (!isMixed || cases === 3);
}

// A secret goes on as far as a token does; a point that ends a sentence is none of it.
function secretEnd(scan: Scan, start: number, alphabet: Alphabet): number {
  const isWide = alphabet === 'dotted' || alphabet === 'base64';
  let end = tailEnd(scan, start, isWide ? alphabet : 'token', scan.end);
  while (byteAt(scan, end - 1) === 0x2e) end -= 1;
  return end;
}

function tailEnd(scan: Scan, start: number, alphabet: Alphabet, limit: number): number {
  const stop = Math.min(limit, scan.end);
  const bit = alphabetBits[alphabet];
  let at = start;
  while (at < stop && ((alphabetOf[scan.bytes[at] ?? 0] ?? 0) & bit) !== 0) at += 1;
  return at;
}

const alphabetBits: Readonly<Record<Alphabet, number>> = {
  token: 1,
  dotted: 2,
  base64: 4,
  hex: 8,
  upper: 16,
  alnum: 32,
};

// For each byte in which alphabets it is.
const alphabetOf = new Uint8Array(256);
const lettersAndDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const alphabetCharacters: Readonly<Record<Alphabet, string>> = {
  token: `${lettersAndDigits}_-`,
  dotted: `${lettersAndDigits}_-.`,
  base64: `${lettersAndDigits}_-.+/=`,
  hex: '0123456789abcdefABCDEF',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789',
  alnum: lettersAndDigits,
};
for (const alphabet of ['token', 'dotted', 'base64', 'hex', 'upper', 'alnum'] as const) {
  for (const character of alphabetCharacters[alphabet]) {
    const code = character.charCodeAt(0);
    alphabetOf[code] = (alphabetOf[code] ?? 0) | alphabetBits[alphabet];
  }
}

// The byte before a word; the `n` of an escaped line break (`\n`) does not count as a letter of the word behind it.
function wordBefore(scan: Scan, at: number): number {
  const byte = byteAt(scan, at - 1);
  const isEscape =
    byteAt(scan, at - 2) === 0x5c && (byte === 0x6e || byte === 0x72 || byte === 0x74);
  return isEscape || isBehindEscape(scan, at) ? 0 : byte;
}

function drop(scan: Scan, start: number, kind: string, end: number): number {
  return report(scan, start, end, { dataClass: 'secret', rule: `secret:${kind}` });
}
