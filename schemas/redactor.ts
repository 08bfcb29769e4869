import type { RedactionAction } from './record-types.ts';

/** What was done to one value: a rule, how often, and the action. The caller knows the path. */
export type RedactionReceipt = {
  readonly rule: string;
  readonly count: number;
  readonly action: RedactionAction;
  /** The class of data found; absent where the rule has none (sessions, limits). */
  readonly dataClass?: string;
  /** Tokens that took the values' places, at most {@link RECEIPT_TOKENS_MAX}, and the version of the key that made them. */
  readonly tokens?: readonly string[];
  readonly keyVersion?: number;
};

export const RECEIPT_TOKENS_MAX = 8;

export type Redaction = {
  /** What stands in the value's place: valid UTF-8 for text. */
  readonly replacement: Uint8Array;
  readonly receipts: readonly RedactionReceipt[];
};

/** A name that became a principal id: what the directory keeps. */
export type SeenPrincipal = {
  readonly principalId: string;
  /** As it was sent, trimmed. */
  readonly name: string;
  /** The attribute's key that carried it. */
  readonly key: string;
};

/**
 * Finds and replaces what must not reach a disk. The wire rewriter (`otlp/`) calls it, `redaction/` implements it; neither
 * imports the other. It may throw: the caller then drops the value. What it returns does not share
 * memory with the bytes it is given.
 */
export interface Redactor {
  /**
   * Null when the text may stay as it is. `keyPath` is the attribute's key, nested keys joined by dots; empty for text that has
   * none (span names). Text that is not valid UTF-8 comes back valid, with a receipt of rule `invalid_utf8`.
   */
  redactValue(keyPath: string, value: Uint8Array, start?: number, end?: number): Redaction | null;
  /** The same for bytes that need not be text. */
  redactBytes(keyPath: string, value: Uint8Array, start?: number, end?: number): Redaction | null;
  /**
   * Whether the key alone says that whatever lies under it must go; with `isNumber`, whether a number under it is to be asked for. MAY
   * be cached by the key.
   */
  isSensitiveKey(keyPath: string, isNumber?: boolean): boolean;
  /** Present when what it makes of a value depends on the value alone, but for what the witness tells. */
  readonly witness?: RedactionWitness;
}

/** Lets a caller keep what was made of a value, and use it again without asking: whom the value named must be told each time. */
export type RedactionWitness = {
  /** From here on the principals that are met are noted, until {@link end}. Not nested. */
  begin(): void;
  /** Those met since {@link begin}; null when what was made holds for this request only, because a limit of the request was reached. */
  end(): readonly SeenPrincipal[] | null;
  /** Tells of the principals of a value that was not asked about again. */
  meet(principals: readonly SeenPrincipal[]): void;
};
