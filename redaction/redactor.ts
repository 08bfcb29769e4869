import { isUtf8 } from 'node:buffer';
import type { Redaction, RedactionReceipt, Redactor, SeenPrincipal } from '../schemas/redactor.ts';
import { nobody } from '../schemas/identity-attributes.ts';
import type { Finding, Scan, Tokens } from './finding.ts';
import { viewOf } from './finding.ts';
import { keyMeaning } from './key-names.ts';
import { principalId, sessionHash } from './principal.ts';
import { replacementFor } from './replacement.ts';
import { isTooMuch, rereadBudget, scanText } from './scan-text.ts';

export type { Redactor } from '../schemas/redactor.ts';

export type RedactorOptions = {
  readonly tenant: string;
  /** The tenant's keys of these uses. `token` is for the classes of personal data to come. */
  readonly keys: { readonly principal: Buffer; readonly session: Buffer; readonly token: Buffer };
};

/** A redactor of one tenant. Not to be shared between tenants: its tokens are keyed. */
export interface TenantRedactor extends Redactor {
  readonly tenant: string;
  /**
   * The distinct principals met since the last call, also those that earlier calls gave: whoever keeps the directory knows which it
   * has stored durably. At most `PRINCIPALS_SEEN_MAX` lie waiting; later ones are left out until they are met again. A name that is
   * longer than `NAME_LENGTH_MAX` characters has its id, but is never told: nobody is called so, and a directory entry has a limit.
   *
   * To be called after each request: between two calls at most `TOKENS_MADE_MAX` new names and session ids get a token, later ones
   * are dropped (rule `too_many_tokens`), so that a request cannot keep a thread busy with hashing. Likewise, beyond
   * `REQUEST_FINDINGS_MAX` findings in texts, a text in which anything is found is dropped as a whole.
   */
  takePrincipals(): readonly SeenPrincipal[];
}

export const PRINCIPALS_SEEN_MAX = 100_000;
export const NAME_LENGTH_MAX = 1024;
/** A request of 16 MiB has at most some 20,000 spans of the usual size, of a name and a session each. */
export const TOKENS_MADE_MAX = 100_000;
export const REQUEST_FINDINGS_MAX = 200_000;

/** The redaction engine. Deterministic: the same value gives the same replacement under the same keys. */
export function createRedactor(options: RedactorOptions): TenantRedactor {
  let seen = new Map<string, SeenPrincipal>();
  const budget = { made: 0 };
  const tokens = createTokens(options, budget, (principal) => {
    if (principal.name.length > NAME_LENGTH_MAX) return;
    if (seen.size < PRINCIPALS_SEEN_MAX && !seen.has(principal.principalId)) {
      seen.set(principal.principalId, principal);
    }
  });
  const scan: Scan = {
    bytes: empty,
    start: 0,
    end: 0,
    findings: [],
    tokens,
    tokenRunEnd: 0,
    rereadsLeft: 0,
    requestFindingsLeft: REQUEST_FINDINGS_MAX,
  };
  return {
    tenant: options.tenant,
    redactValue: (keyPath, value, start = 0, end = value.length) => {
      if (start >= end) return null;
      begin(scan, value, start, end);
      return namedRedaction(scan, keyPath) ?? redactText(scan);
    },
    redactBytes: (keyPath, value, start = 0, end = value.length) => {
      if (start >= end) return null;
      begin(scan, value, start, end);
      return namedRedaction(scan, keyPath) ?? redactStretch(scan);
    },
    isSensitiveKey: (keyPath) => keyMeaning(keyPath).kind !== 'ordinary',
    takePrincipals: () => {
      const taken = [...seen.values()];
      if (seen.size > 0) seen = new Map();
      budget.made = 0;
      scan.requestFindingsLeft = REQUEST_FINDINGS_MAX;
      return taken;
    },
  };
}

const empty = new Uint8Array(0);

function begin(scan: Scan, bytes: Uint8Array, start: number, end: number): void {
  if (scan.findings.length > 0) scan.findings.length = 0;
  scan.bytes = bytes;
  scan.start = start;
  scan.end = end;
  scan.tokenRunEnd = 0;
  scan.rereadsLeft = rereadBudget(end - start);
}

function namedRedaction(scan: Scan, keyPath: string): Redaction | null {
  const meaning = keyMeaning(keyPath);
  if (meaning.kind === 'ordinary') return null;
  const value = viewOf(scan.bytes).toString('utf8', scan.start, scan.end);
  const whole = replacementFor(meaning, value, keyPath, scan.tokens);
  if (whole === null) return null;
  const receipts = [{ rule: whole.rule, count: 1, action: whole.action }];
  return { replacement: encoded(whole.text), receipts };
}

const ENCODED_MAX = 10_000;
const encodings = new Map<string, Buffer>();

// Tokens and marks come again and again. Nobody writes into a replacement.
function encoded(text: string): Buffer {
  const known = encodings.get(text);
  if (known !== undefined) return known;
  const bytes = Buffer.from(text);
  if (encodings.size >= ENCODED_MAX) encodings.clear();
  encodings.set(text, bytes);
  return bytes;
}

function redactText(scan: Scan): Redaction | null {
  const isAboveAscii = scanText(scan);
  return isAboveAscii && !isUtf8(scan.bytes.subarray(scan.start, scan.end))
    ? redactMended(scan)
    : spliced(scan);
}

function redactStretch(scan: Scan): Redaction | null {
  scanText(scan);
  return spliced(scan);
}

const mended: RedactionReceipt = { rule: 'invalid_utf8', count: 1, action: 'mask' };

// The text is made valid first, then looked at again: a secret may have been parted by a broken byte.
function redactMended(scan: Scan): Redaction {
  const valid = Buffer.from(viewOf(scan.bytes).toString('utf8', scan.start, scan.end), 'utf8');
  begin(scan, valid, 0, valid.length);
  const inner = redactStretch(scan);
  return {
    replacement: inner?.replacement ?? valid,
    receipts: [mended, ...(inner?.receipts ?? [])],
  };
}

function spliced(scan: Scan): Redaction | null {
  const { bytes, start, end, findings } = scan;
  if (isTooMuch(scan)) return scan.rereadsLeft < 0 ? tooCostly : tooMany;
  if (findings.length === 0) return null;
  scan.requestFindingsLeft -= findings.length;
  const source = viewOf(bytes);
  const replacement = Buffer.allocUnsafe(splicedSize(scan));
  let from = start;
  let at = 0;
  for (const finding of findings) {
    at += source.copy(replacement, at, from, finding.start);
    at += replacement.write(finding.text, at, 'latin1');
    from = finding.end;
  }
  source.copy(replacement, at, from, end);
  return { replacement, receipts: receiptsOf(findings) };
}

// What takes a finding's place is ASCII: a byte a character.
function splicedSize({ start, end, findings }: Scan): number {
  let size = end - start;
  for (const finding of findings) size += finding.text.length - (finding.end - finding.start);
  return size;
}

const tooMany: Redaction = {
  replacement: Buffer.from('[DROPPED:too_many_findings]'),
  receipts: [{ rule: 'too_many_findings', count: 1, action: 'drop' }],
};

const tooCostly: Redaction = {
  replacement: Buffer.from('[DROPPED:too_costly]'),
  receipts: [{ rule: 'too_costly', count: 1, action: 'drop' }],
};

function receiptsOf(findings: readonly Finding[]): readonly RedactionReceipt[] {
  const byRule = new Map<string, RedactionReceipt>();
  for (const { rule, action } of findings) {
    const count = (byRule.get(rule)?.count ?? 0) + 1;
    byRule.set(rule, { rule, count, action });
  }
  return [...byRule.values()];
}

// As many as one request may bring: a span that is walked again hashes nothing twice.
const TOKENS_CACHED_MAX = TOKENS_MADE_MAX;
const CACHED_LENGTH_MAX = 128;

// The keyed hash of a value costs microseconds and a few people make most calls: recent results are kept, a bounded number.
function createTokens(
  options: RedactorOptions,
  budget: { made: number },
  see: (principal: SeenPrincipal) => void,
): Tokens {
  const principals = new Map<string, string>();
  const sessions = new Map<string, string>();
  return {
    isSpent: () => budget.made >= TOKENS_MADE_MAX,
    principal: (value, key) => {
      const name = plain(value).trim();
      if (nobody.has(name.toLowerCase())) return null;
      const known = principals.get(name);
      const id = known ?? principalId(options.keys.principal, name);
      if (known === undefined) remember(principals, name, id, budget);
      see({ principalId: id, name, key });
      return id;
    },
    session: (value) => {
      const known = sessions.get(value);
      if (known !== undefined) return known;
      const hash = sessionHash(options.keys.session, value);
      remember(sessions, value, hash, budget);
      return hash;
    },
  };
}

function remember(
  cache: Map<string, string>,
  value: string,
  made: string,
  budget: { made: number },
): void {
  budget.made += 1;
  if (cache.size >= TOKENS_CACHED_MAX) cache.clear();
  if (value.length <= CACHED_LENGTH_MAX) cache.set(value, made);
}

// Values in baggage and queries are percent-encoded; `alice%40example.com` is the same person as without.
function plain(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
