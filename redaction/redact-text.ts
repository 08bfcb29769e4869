import type { RedactionAction } from '../schemas/record-types.ts';
import { classToken } from './class-token.ts';
import type { ActionFor, DataClass } from './data-classes.ts';
import { defaultAction } from './data-classes.ts';
import { begin, createScan, findAll } from './find-all.ts';
import type { Tier, Tokens } from './finding.ts';
import { replaceAll } from './replace-all.ts';
import { isTooMuch } from './scan-text.ts';

export type RedactTextOptions = {
  /** What is done with a class; the default policy when left out. `() => 'drop'` shows everything that is found. */
  readonly actionFor?: ActionFor;
  /** The key of the tokens, 32 bytes; without one all texts share a key that is public, which is for trying out only. */
  readonly tokenKey?: Uint8Array;
  readonly tokenKeyVersion?: number;
  /** The key under which the text stands (`customer.phone`), which counts as context; nothing when left out. */
  readonly keyPath?: string;
};

/** Places are those of the input, in UTF-16 code units: `input.slice(start, end)` is what was found. */
export type TextReceipt = {
  readonly start: number;
  readonly end: number;
  readonly dataClass: DataClass;
  readonly rule: string;
  readonly tier: Tier;
  readonly action: RedactionAction;
  readonly replacement: string;
};

export type RedactedText = { readonly text: string; readonly receipts: readonly TextReceipt[] };

/**
 * Redacts a text of any kind: JSON, prose, a log line, a URL, CSV, YAML. Pure: the same text, options and key give the same result.
 * Fails closed: a text that takes more work than one its size may take becomes `[DROPPED:too_costly]` as a whole, with no receipt of
 * places but one over everything.
 */
export function redactText(text: string, options: RedactTextOptions = {}): RedactedText {
  const tokens = tokensOf(options);
  const scan = createScan(tokens);
  const bytes = Buffer.from(text, 'utf8');
  begin(scan, { bytes, start: 0, end: bytes.length, keyPath: options.keyPath ?? '' });
  findAll(scan);
  if (isTooMuch(scan)) return tooCostly(text);
  const replaced = replaceAll(scan, { actionFor: options.actionFor ?? defaultAction, tokens });
  const places = createPlaces(text, bytes.length);
  const receipts: TextReceipt[] = [];
  const parts: string[] = [];
  let from = 0;
  for (const { finding, text: replacement, action } of replaced) {
    const start = places(finding.start);
    const end = places(finding.end);
    const { dataClass, rule, tier } = finding;
    receipts.push({ start, end, dataClass, rule, tier, action, replacement });
    parts.push(text.slice(from, start), replacement);
    from = end;
  }
  parts.push(text.slice(from));
  return { text: parts.join(''), receipts };
}

function tooCostly(text: string): RedactedText {
  const replacement = '[DROPPED:too_costly]';
  const whole = { start: 0, end: text.length, dataClass: 'secret', rule: 'too_costly' } as const;
  return {
    text: replacement,
    receipts: [{ ...whole, tier: 'certain', action: 'drop', replacement }],
  };
}

// From places in UTF-8 to places in the string, asked for in rising order.
function createPlaces(text: string, bytes: number): (byte: number) => number {
  if (bytes === text.length) return (byte) => byte;
  let at = 0;
  let seen = 0;
  return (byte) => {
    while (seen < byte && at < text.length) {
      const code = text.charCodeAt(at);
      if (code < 0x80) seen += 1;
      else if (code < 0x800) seen += 2;
      else if (code >= 0xd800 && code < 0xdc00 && isLow(text, at + 1)) {
        seen += 4;
        at += 1;
      } else seen += 3;
      at += 1;
    }
    return at;
  };
}

function isLow(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code < 0xe000;
}

const publicKey = Buffer.alloc(32, 'public key of redactText');

function tokensOf({ tokenKey = publicKey, tokenKeyVersion = 1 }: RedactTextOptions): Tokens {
  const key = { version: tokenKeyVersion, key: tokenKey };
  return {
    principal: (name) => classToken(key, 'username', name),
    session: (sessionId) => classToken(key, 'username', sessionId),
    ofClass: (dataClass, value) => classToken(key, dataClass, value),
    isSpent: () => false,
  };
}
