import type { RedactionAction } from '../schemas/record-types.ts';
import type { DataClass } from './data-classes.ts';
import type { PlainKey } from './plain-keys.ts';
import type { Term } from './vocabulary/dictionary.ts';

/**
 * How sure a finding is. `certain`: a check digit, an issuer's prefix or a key's name decides. `likely`: a shape with a word beside it,
 * a name by its place in a sentence.
 */
export type Tier = 'certain' | 'likely';

/** A stretch of bytes that is to be replaced, by what the policy says of its class. */
export type Finding = {
  readonly start: number;
  readonly end: number;
  readonly dataClass: DataClass;
  /** `<class or kind>:<detail>`: what a receipt names. */
  readonly rule: string;
  readonly tier: Tier;
  /** The value without the escapes it stands in; its own text when left out. */
  readonly value?: string;
  /** What takes its place whatever the policy says: principals and session ids. */
  readonly fixed?: FixedReplacement;
};

export type FixedReplacement = { readonly text: string; readonly action: RedactionAction };

/**
 * One text under scan. Findings are in order and never overlap, because a scan goes on behind each. A redactor uses one of these
 * for text after text: most are short, and making an object for each costs more than reading it.
 */
export type Scan = {
  bytes: Uint8Array;
  start: number;
  end: number;
  readonly findings: Finding[];
  readonly tokens: Tokens;
  /** The end of the run of token characters read last: what has been read once is not read again. */
  tokenRunEnd: number;
  /** Bytes that detectors may still read for nothing, beside the one pass; below 0 the text must be dropped as a whole. */
  rereadsLeft: number;
  /** Findings that the texts of one request may still have; at 0 a text goes as a whole with its first finding. */
  requestFindingsLeft: number;
  /** Close looks (a window decoded, patterns tried) that the texts of one request may still have; below 0 a text goes as a whole. */
  requestLooksLeft: number;
  /** The attribute's key; empty for text without one. */
  keyPath: string;
  /** Whether the key is one of the telemetry itself, so that only secrets and cards are looked for. */
  isStructural: boolean;
  /** The text, a character a byte: made when first asked for. */
  latin1: string | null;
  /** The place whose term was asked for last, and that term. */
  termAt: number;
  termThere: Term | null;
  /** No term ends before here that is near enough to what stands behind. */
  clearTo: number;
  /** No word for a street ends before here that is near enough to what stands behind. */
  streetsReadTo: number;
  /** The key of JSON met last, and the place of its closing quote. */
  key: PlainKey | null;
  keyEnd: number;
  /** Up to where words were read that hold digits, so that none is read twice. */
  wordsReadTo: number;
  /** Up to where digits were read as card numbers. */
  cardsReadTo: number;
  /** Up to where digits and blanks were read as groups, and whether what stands behind them can be no part of an id with them. */
  groupsReadTo: number;
  hasPlainGroups: boolean;
  /** Up to where capitalised words were read as names. */
  namesReadTo: number;
  /** Up to where encoded data was read. */
  encodedReadTo: number;
  /** How often the text has been decoded out of another (base64). */
  depth: number;
  /** Whether what clean text is full of is passed over without a close look: the same is found without, only later. */
  readonly takesShortCuts: boolean;
  /** Whether escapes or foreign digits were met, so that the text is to be read once more without them. */
  isFoldable: boolean;
  /** Whether a text decoded out of this one has findings. */
  holdsFindings(bytes: Uint8Array, depth: number): boolean;
};

/** Adds a finding and gives its end, from where a scan goes on. */
export function report(
  scan: Scan,
  start: number,
  end: number,
  what: { readonly dataClass: DataClass; readonly rule: string; readonly tier?: Tier },
): number {
  scan.findings.push({
    start,
    end,
    dataClass: what.dataClass,
    rule: what.rule,
    tier: what.tier ?? 'certain',
  });
  return end;
}

/** The text, a character a byte, so that a place in it is a place in the bytes less `scan.start`. */
export function latinOf(scan: Scan): string {
  scan.latin1 ??= viewOf(scan.bytes).toString('latin1', scan.start, scan.end);
  return scan.latin1;
}

/** What a sticky pattern matches at a place; null when it does not. Patterns see a character a byte. */
export function matchAt(scan: Scan, pattern: RegExp, at: number): string | null {
  const latin = latinOf(scan);
  const from = at - scan.start;
  pattern.lastIndex = from;
  return pattern.test(latin) ? latin.slice(from, pattern.lastIndex) : null;
}

/** Keyed tokens that take the place of names and session ids. */
export interface Tokens {
  /** Null for a name that names nobody. */
  principal(name: string, key: string): string | null;
  session(sessionId: string): string;
  /** `[EMAIL:k1:…]`: see `class-token.ts`. */
  ofClass(dataClass: DataClass, value: string): string;
  /** Whether one request has brought more names and sessions than a request has: those that follow are dropped. */
  isSpent(): boolean;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

export function isLetterOrDigit(byte: number): boolean {
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a);
}

/** Letters, digits, `_` and `-`: the alphabet of tokens. */
export function isTokenByte(byte: number): boolean {
  return isLetterOrDigit(byte) || byte === 0x5f || byte === 0x2d;
}

/** Whether `at` stands right behind an escaped character: `%22` of a query, `\u0022` of JSON. What it ends with is no letter of a word. */
export function isBehindEscape(scan: Scan, at: number): boolean {
  if (byteAt(scan, at - 3) === 0x25) return isHex(scan, at - 2) && isHex(scan, at - 1);
  return byteAt(scan, at - 6) === 0x5c && byteAt(scan, at - 5) === 0x75;
}

export function isHex(scan: Scan, at: number): boolean {
  const byte = byteAt(scan, at);
  return isDigit(byte) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

/** The byte at a place of the scanned stretch; 0 outside of it. */
export function byteAt(scan: Scan, at: number): number {
  return at >= scan.start && at < scan.end ? (scan.bytes[at] ?? 0) : 0;
}

/** Whether `text` (ASCII) stands at the place, behind whatever was found last. */
export function standsAt(scan: Scan, at: number, text: string): boolean {
  if (at < scan.start || at + text.length > scan.end) return false;
  if (scan.findings.length > 0 && at < (scan.findings.at(-1)?.end ?? 0)) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (scan.bytes[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

export function textOf(scan: Scan, start: number, end: number): string {
  return viewOf(scan.bytes).toString('utf8', start, end);
}

/** A Buffer over the same memory. */
export function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
