import { isUtf8 } from 'node:buffer';
import { nobody } from '../schemas/identity-attributes.ts';
import type { Redaction, RedactionReceipt, Redactor, SeenPrincipal } from '../schemas/redactor.ts';
import { classToken } from './class-token.ts';
import type { ActionFor } from './data-classes.ts';
import { defaultAction } from './data-classes.ts';
import { begin, createScan, findAll } from './find-all.ts';
import type { FixedReplacement, Scan, Tokens } from './finding.ts';
import { viewOf } from './finding.ts';
import { REQUEST_FINDINGS_MAX, REQUEST_LOOKS_MAX } from './limits.ts';
import { isNumberSensitive, isSensitive, keyMeaning } from './key-names.ts';
import { principalId, sessionHash } from './principal.ts';
import type { RedactionLimit } from './drop-whole.ts';
import { droppedWhole } from './drop-whole.ts';
import { receiptsOf } from './receipts.ts';
import { replaceAll } from './replace-all.ts';
import { replaceFinding } from './replace-finding.ts';
import type { Replacement } from './replacement.ts';
import { isReplaced, replacementFor } from './replacement.ts';
import { isTooMuch } from './scan-text.ts';
import { ruleOfValue } from './value-shape.ts';
import { rememberValues } from './value-memory.ts';
import type { Term } from './vocabulary/dictionary.ts';
import { classOfMeaning } from './vocabulary/meaning.ts';

export type { Redactor } from '../schemas/redactor.ts';

export type RedactorOptions = {
  readonly tenant: string;
  /** The tenant's keys of these uses; `token` is that of the classes of personal data. */
  readonly keys: { readonly principal: Buffer; readonly session: Buffer; readonly token: Buffer };
  /** The version of the principal and token keys, written into each id and token; 1 when left out. */
  readonly tokenKeyVersion?: number;
  /** What is done with a class under a key; the default policy when left out. */
  readonly actionFor?: ActionFor;
  /** `record`: names and session ids stay as they are, for what the values stage made of them stands there. `values` when left out. */
  readonly stage?: 'values' | 'record';
  /** `REQUEST_LOOKS_MAX` when left out. */
  readonly requestLooksMax?: number;
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
  /** Limits that were reached since the last call, each once for each text dropped; a text that comes again is not looked at again. */
  takeLimits(): readonly RedactionLimit[];
}

export const PRINCIPALS_SEEN_MAX = 100_000;
export const NAME_LENGTH_MAX = 1024;
/** A request of 16 MiB has at most some 20,000 spans of the usual size, of a name and a session each. */
export const TOKENS_MADE_MAX = 100_000;

/** The redaction engine. Deterministic: the same value gives the same replacement under the same keys and policy. */
export function createRedactor(options: RedactorOptions): TenantRedactor {
  let seen = new Map<string, SeenPrincipal>();
  const budget = { made: 0 };
  let principalsMet = 0;
  let witnessed: SeenPrincipal[] | null = null;
  const see = (principal: SeenPrincipal): void => {
    principalsMet += 1;
    if (principal.name.length > NAME_LENGTH_MAX) return;
    witnessed?.push(principal);
    if (seen.size < PRINCIPALS_SEEN_MAX && !seen.has(principal.principalId)) {
      seen.set(principal.principalId, principal);
    }
  };
  const tokens = createTokens(options, budget, see);
  const scan = createScan(tokens);
  const keyVersion = options.tokenKeyVersion ?? 1;
  const isRecordStage = options.stage === 'record';
  const actionFor = options.actionFor ?? defaultAction;
  const looksMax = options.requestLooksMax ?? REQUEST_LOOKS_MAX;
  scan.requestLooksLeft = looksMax;
  const limits: RedactionLimit[] = [];
  const onLimit = (limit: RedactionLimit): void => void limits.push(limit);
  const policy = { actionFor, tokens, keyVersion, isRecordStage, onLimit };
  const isLimited = (): boolean =>
    scan.requestFindingsLeft <= 0 || scan.requestLooksLeft <= 0 || tokens.isSpent();
  const redactValue = rememberValues(
    (keyPath, bytes, start, end) => {
      principalsMet = 0;
      begin(scan, { bytes, start, end, keyPath });
      return namedRedaction(scan, policy) ?? redactText(scan, policy);
    },
    // Who was met is told with each request, and one that has used up its findings or tokens is treated as no other.
    () => principalsMet > 0 || isLimited(),
  );
  return {
    tenant: options.tenant,
    redactValue: (keyPath, value, start = 0, end = value.length) =>
      start >= end ? null : redactValue(keyPath, value, start, end),
    redactBytes: (keyPath, value, start = 0, end = value.length) => {
      if (start >= end) return null;
      begin(scan, { bytes: value, start, end, keyPath });
      return namedRedaction(scan, policy) ?? redactStretch(scan, policy);
    },
    isSensitiveKey: (keyPath, isNumber = false) =>
      (isNumber ? isNumberSensitive : isSensitive)(keyMeaning(keyPath)),
    witness: {
      begin: () => (witnessed = []),
      end: () => {
        const met = witnessed;
        witnessed = null;
        return isLimited() ? null : met;
      },
      meet: (principals) => {
        for (const principal of principals) see(principal);
      },
    },
    takePrincipals: () => {
      const taken = [...seen.values()];
      if (tokens.isSpent()) onLimit('tokensMadeMax');
      if (seen.size > 0) seen = new Map();
      budget.made = 0;
      scan.requestFindingsLeft = REQUEST_FINDINGS_MAX;
      scan.requestLooksLeft = looksMax;
      return taken;
    },
    takeLimits: () => limits.splice(0),
  };
}

type Policy = Parameters<typeof replaceFinding>[3] & {
  readonly keyVersion: number;
  readonly onLimit: (limit: RedactionLimit) => void;
};

function namedRedaction(scan: Scan, policy: Policy): Redaction | null {
  const { keyPath } = scan;
  const meaning = keyMeaning(keyPath);
  if (meaning.kind === 'ordinary' || meaning.kind === 'structural') return null;
  if (meaning.kind === 'term' && scan.end - scan.start > TERM_VALUE_BYTES_MAX) return null;
  const value = viewOf(scan.bytes).toString('utf8', scan.start, scan.end);
  const finding =
    meaning.kind === 'term'
      ? termReplacement(meaning.term, value)
      : replacementFor(meaning, value, keyPath, scan.tokens);
  if (finding === null) return null;
  if (finding.fixed) return fixedRedaction(finding.rule, finding.fixed);
  const whole = { start: scan.start, end: scan.end, tier: 'certain' as const, ...finding };
  const replaced = replaceFinding(whole, value, keyPath, policy);
  if (replaced === null) return null;
  const receipts = receiptsOf([{ finding: whole, ...replaced }], policy.keyVersion);
  return { replacement: encoded(replaced.text), receipts };
}

// Identities, sessions and what a key alone decides: their receipts say the same each time.
function fixedRedaction(rule: string, { text, action }: FixedReplacement): Redaction {
  const name = `${rule} ${action}`;
  const known = fixedReceipts.get(name);
  const receipts = known ?? [{ rule, count: 1, action }];
  if (known === undefined && fixedReceipts.size < FIXED_RECEIPTS_MAX) {
    fixedReceipts.set(name, receipts);
  }
  return { replacement: encoded(text), receipts };
}

const FIXED_RECEIPTS_MAX = 1024;
const fixedReceipts = new Map<string, readonly RedactionReceipt[]>();

const TERM_VALUE_BYTES_MAX = 512;

function termReplacement(term: Term, value: string): Replacement | null {
  if (isReplaced(value)) return null;
  const rule = ruleOfValue(term, value, true);
  const dataClass = classOfMeaning[term.meaning];
  return rule === null || dataClass === null ? null : { dataClass, rule };
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

function redactText(scan: Scan, policy: Policy): Redaction | null {
  const isAboveAscii = findAll(scan);
  return isAboveAscii && !isUtf8(scan.bytes.subarray(scan.start, scan.end))
    ? redactMended(scan, policy)
    : spliced(scan, policy);
}

function redactStretch(scan: Scan, policy: Policy): Redaction | null {
  findAll(scan);
  return spliced(scan, policy);
}

const mended: RedactionReceipt = { rule: 'invalid_utf8', count: 1, action: 'mask' };

// The text is made valid first, then looked at again: a secret may have been parted by a broken byte.
function redactMended(scan: Scan, policy: Policy): Redaction {
  const valid = Buffer.from(viewOf(scan.bytes).toString('utf8', scan.start, scan.end), 'utf8');
  begin(scan, { bytes: valid, start: 0, end: valid.length, keyPath: scan.keyPath });
  const inner = redactStretch(scan, policy);
  return {
    replacement: inner?.replacement ?? valid,
    receipts: [mended, ...(inner?.receipts ?? [])],
  };
}

function spliced(scan: Scan, policy: Policy): Redaction | null {
  const { start, end, findings } = scan;
  if (isTooMuch(scan)) return droppedWhole(scan, policy.onLimit);
  if (findings.length === 0) return null;
  scan.requestFindingsLeft -= findings.length;
  const replaced = replaceAll(scan, policy);
  if (replaced.length === 0) return null;
  const source = viewOf(scan.bytes);
  const parts: Uint8Array[] = [];
  let from = start;
  for (const { finding, text } of replaced) {
    parts.push(source.subarray(from, finding.start), encoded(text));
    from = finding.end;
  }
  parts.push(source.subarray(from, end));
  return { replacement: Buffer.concat(parts), receipts: receiptsOf(replaced, policy.keyVersion) };
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
  const classed = new Map<string, string>();
  const tokenKey = { version: options.tokenKeyVersion ?? 1, key: options.keys.token };
  return {
    isSpent: () => budget.made >= TOKENS_MADE_MAX,
    principal: (value, key) => {
      const name = plain(value).trim();
      if (nobody.has(name.toLowerCase())) return null;
      const known = principals.get(name);
      const id = known ?? principalId(options.keys.principal, name, options.tokenKeyVersion);
      if (known === undefined) remember(principals, name, id, budget);
      see({ principalId: id, name, key });
      return id;
    },
    ofClass: (dataClass, value) => {
      const name = `${dataClass} ${value}`;
      const known = classed.get(name);
      if (known !== undefined) return known;
      const token = classToken(tokenKey, dataClass, plain(value));
      remember(classed, name, token, budget);
      return token;
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
