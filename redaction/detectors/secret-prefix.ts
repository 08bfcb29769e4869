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

/** A secret that its issuer marks by its first characters: a prefix with `_`, `-` or `.` in it, or one that begins with `A`. */
export type SecretPrefix = {
  readonly kind: string;
  readonly prefix: string;
  /** How many token characters (letters, digits, `_`, `-`; `.` where `dots`) must follow. */
  readonly tailMin: number;
  readonly dots?: true;
  /** Digits that must be among the first of them, for prefixes that are also beginnings of words. */
  readonly digitsMin?: number;
  /** Where the tail is all capitals, none of those digits is asked for. */
  readonly isUpper?: true;
  /** A prefix nobody writes by chance is found inside a longer word too. */
  readonly anywhere?: true;
};

/** Sources: the issuers' documentation of their token formats, as collected by gitleaks' rules. */
export const secretPrefixes: readonly SecretPrefix[] = [
  { kind: 'aws_access_key', prefix: 'AKIA', tailMin: 16, digitsMin: 1, isUpper: true },
  { kind: 'aws_access_key', prefix: 'ASIA', tailMin: 16, digitsMin: 1, isUpper: true },
  { kind: 'aws_access_key', prefix: 'ABIA', tailMin: 16, digitsMin: 1, isUpper: true },
  { kind: 'aws_access_key', prefix: 'ACCA', tailMin: 16, digitsMin: 1, isUpper: true },
  { kind: 'github_token', prefix: 'ghp_', tailMin: 20, anywhere: true },
  { kind: 'github_token', prefix: 'gho_', tailMin: 20, anywhere: true },
  { kind: 'github_token', prefix: 'ghu_', tailMin: 20, anywhere: true },
  { kind: 'github_token', prefix: 'ghs_', tailMin: 20, anywhere: true },
  { kind: 'github_token', prefix: 'ghr_', tailMin: 20, anywhere: true },
  { kind: 'github_token', prefix: 'github_pat_', tailMin: 20, anywhere: true },
  { kind: 'anthropic_key', prefix: 'sk-ant-', tailMin: 12, anywhere: true },
  { kind: 'openai_key', prefix: 'sk-proj-', tailMin: 16, anywhere: true },
  { kind: 'openai_key', prefix: 'sk-', tailMin: 20, digitsMin: 2 },
  { kind: 'stripe_key', prefix: 'sk_live_', tailMin: 10, anywhere: true },
  { kind: 'stripe_key', prefix: 'sk_test_', tailMin: 10, anywhere: true },
  { kind: 'stripe_key', prefix: 'rk_live_', tailMin: 10, anywhere: true },
  { kind: 'stripe_key', prefix: 'rk_test_', tailMin: 10, anywhere: true },
  { kind: 'stripe_key', prefix: 'whsec_', tailMin: 24, anywhere: true },
  { kind: 'slack_token', prefix: 'xoxa-', tailMin: 10, anywhere: true },
  { kind: 'slack_token', prefix: 'xoxb-', tailMin: 10, anywhere: true },
  { kind: 'slack_token', prefix: 'xoxc-', tailMin: 10, anywhere: true },
  { kind: 'slack_token', prefix: 'xoxd-', tailMin: 10, anywhere: true },
  { kind: 'slack_token', prefix: 'xoxe-', tailMin: 10, anywhere: true },
  { kind: 'slack_token', prefix: 'xoxe.', tailMin: 10, anywhere: true },
  { kind: 'slack_token', prefix: 'xoxp-', tailMin: 10, anywhere: true },
  { kind: 'slack_token', prefix: 'xoxr-', tailMin: 10, anywhere: true },
  { kind: 'slack_token', prefix: 'xoxs-', tailMin: 10, anywhere: true },
  { kind: 'slack_token', prefix: 'xapp-', tailMin: 10, digitsMin: 1 },
  { kind: 'gitlab_token', prefix: 'glpat-', tailMin: 20, dots: true, anywhere: true },
  { kind: 'npm_token', prefix: 'npm_', tailMin: 36 },
  { kind: 'pypi_token', prefix: 'pypi-AgE', tailMin: 30, anywhere: true },
  { kind: 'google_api_key', prefix: 'AIza', tailMin: 35 },
  { kind: 'google_oauth_token', prefix: 'ya29.', tailMin: 20, dots: true },
  { kind: 'google_oauth_secret', prefix: 'GOCSPX-', tailMin: 20, anywhere: true },
  { kind: 'sendgrid_key', prefix: 'SG.', tailMin: 60, dots: true },
  { kind: 'hugging_face_token', prefix: 'hf_', tailMin: 30 },
  { kind: 'shopify_token', prefix: 'shpat_', tailMin: 30, anywhere: true },
  { kind: 'digitalocean_token', prefix: 'dop_v1_', tailMin: 40, anywhere: true },
  { kind: 'waybill_key', prefix: 'wb_', tailMin: 40 },
];

/** A JSON Web Token (RFC 7519): `eyJ…`, a dot and more. `at` is the `J`. 0 when it is none. */
export function detectJwt(scan: Scan, at: number): number {
  const start = at - 2;
  if (!standsAt(scan, start, 'eyJ')) return 0;
  // Each run of token characters is read once, so that many beginnings in one run cost no more than one.
  if (start >= scan.tokenRunEnd) scan.tokenRunEnd = tokenEnd(scan, start, false, scan.end);
  const headerEnd = scan.tokenRunEnd;
  if (headerEnd - start < 12 || byteAt(scan, headerEnd) !== 0x2e) return 0;
  if (tokenEnd(scan, headerEnd + 1, false, headerEnd + 5) < headerEnd + 5) return 0;
  return drop(scan, start, 'jwt', tokenEnd(scan, headerEnd, true, scan.end));
}

/** `at` is the anchor of a prefix: its first `_`, `-`, `.`, else its first character. 0 when there is none around it. */
export function detectPrefixed(scan: Scan, at: number): number {
  const anchor = byteAt(scan, at);
  const before = beforeAnchor[(byteAt(scan, at - 1) << 8) | anchor] ?? 0;
  const behind = behindAnchor[(anchor << 8) | byteAt(scan, at + 1)] ?? 0;
  if (before === 0 && behind === 0) return 0;
  return detectRow(scan, at, groups[before]) || detectRow(scan, at, groups[behind]);
}

function detectRow(scan: Scan, at: number, rows: readonly AnchoredRow[] | undefined): number {
  for (const { row, offset } of rows ?? []) {
    const start = at - offset;
    if (!standsAt(scan, start, row.prefix)) continue;
    if (!row.anywhere && isLetterOrDigit(wordBefore(scan, start))) continue;
    const tail = start + row.prefix.length;
    if (!hasTail(scan, tail, row)) continue;
    return drop(scan, start, row.kind, tokenEnd(scan, tail, row.dots === true, scan.end));
  }
  return 0;
}

type AnchoredRow = { readonly row: SecretPrefix; readonly offset: number };

// The rows by the anchor and the byte before it, or behind it where the anchor is the prefix's first character: a pair of bytes is
// looked up, not compared row by row.
const groups: (AnchoredRow[] | undefined)[] = [undefined];
const beforeAnchor = new Uint8Array(1 << 16);
const behindAnchor = new Uint8Array(1 << 16);
for (const row of secretPrefixes) {
  const offset = Math.max(0, row.prefix.search(/[-_.]/));
  const [table, pairAt] = offset > 0 ? [beforeAnchor, offset - 1] : [behindAnchor, 0];
  const pair = (row.prefix.charCodeAt(pairAt) << 8) | row.prefix.charCodeAt(pairAt + 1);
  if (table[pair] === 0) table[pair] = groups.push([]) - 1;
  groups[table[pair] ?? 0]?.push({ row, offset });
}

/** Slack's incoming webhooks: whoever has the URL can post. `at` is the first dot. 0 when it is none. */
export function detectWebhook(scan: Scan, at: number): number {
  if (byteAt(scan, at - 1) !== 0x73) return 0;
  const path = webhookPaths.find((text) => standsAt(scan, at - 5, text));
  if (path === undefined) return 0;
  const start = at - 5 + path.length;
  let end = start;
  while (end < scan.end && (isTokenByte(scan.bytes[end] ?? 0) || scan.bytes[end] === 0x2f)) {
    end += 1;
  }
  return end - start < 8 ? 0 : drop(scan, start, 'slack_webhook', end);
}

const webhookPaths = [
  'hooks.slack.com/services/',
  'hooks.slack.com/workflows/',
  'hooks.slack.com/triggers/',
];

// How far behind the shortest tail digits are counted: a constant, so that scans stay linear.
const DIGITS_WITHIN_BYTES = 12;

function hasTail(scan: Scan, start: number, row: SecretPrefix): boolean {
  const end = tokenEnd(scan, start, row.dots === true, start + row.tailMin + DIGITS_WITHIN_BYTES);
  if (end - start < row.tailMin) return false;
  let digits = 0;
  for (let at = start; at < end; at += 1) if (isDigit(scan.bytes[at] ?? 0)) digits += 1;
  return (
    digits >= (row.digitsMin ?? 0) ||
    (row.isUpper === true && !hasLowerCase(scan, start, start + row.tailMin))
  );
}

function hasLowerCase(scan: Scan, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = scan.bytes[at] ?? 0;
    if (byte >= 0x61 && byte <= 0x7a) return true;
  }
  return false;
}

function tokenEnd(scan: Scan, start: number, dots: boolean, limit: number): number {
  const stop = Math.min(limit, scan.end);
  let at = start;
  while (at < stop) {
    const byte = scan.bytes[at] ?? 0;
    if (!isTokenByte(byte) && !(dots && byte === 0x2e)) break;
    at += 1;
  }
  return at;
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
