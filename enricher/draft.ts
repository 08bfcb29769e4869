import type { AttributeValue } from '../otlp/span.ts';
import { cutText } from './cut-text.ts';
import type { Parts, TextSlot } from './dialects/dialect.ts';
import type { Cuts } from './read-payload.ts';
import { noCuts, readResult } from './read-payload.ts';
import type { IdentityStatement, Reading } from './reading.ts';

export type Texts = { -readonly [slot in TextSlot]?: string };

/** What one pass over a span's attributes gathers. */
export type Draft = {
  readonly texts: Texts;
  /** True when a key of a vocabulary other than the standard's was read. */
  foreign: boolean;
  identities: IdentityStatement[] | null;
  failed: NonNullable<Reading['failed']> | null;
  /** True when the result itself said so: no other attribute is asked then. */
  failedByResult: boolean;
  roles: readonly string[] | null;
  receipts: string | null;
  cuts: Cuts;
  payloads: Captured[] | null;
  /** Attributes of which members are read, once all attributes were. */
  bundles: Bundle[] | null;
  /** The attribute that lists tools with their definitions. */
  definitions: AttributeValue | null;
  /** Attributes that no table reads (`unread-attributes.ts`). */
  unread: (readonly [string, AttributeValue])[] | null;
};

export type Bundle = {
  readonly key: string;
  readonly value: AttributeValue;
  readonly parts: Parts;
  /** Of arguments or a result within it. */
  readonly rank: number;
};

/** A payload value before it is written out; of several of one name that of the lowest rank holds. */
export type Captured = {
  readonly name: 'arguments' | 'result';
  readonly key: string;
  readonly value: AttributeValue;
  readonly rank: number;
};

export function newDraft(): Draft {
  return {
    texts: {},
    foreign: false,
    identities: null,
    failed: null,
    failedByResult: false,
    roles: null,
    receipts: null,
    cuts: noCuts,
    payloads: null,
    bundles: null,
    definitions: null,
    unread: null,
  };
}

/** True when the span says something that calls below it inherit. */
export function hasContext({ identities, texts, roles }: Draft): boolean {
  return (
    identities !== null ||
    roles !== null ||
    texts.agent !== undefined ||
    texts.agentId !== undefined ||
    texts.conversation !== undefined ||
    texts.turn !== undefined ||
    texts.promptId !== undefined ||
    texts.trigger !== undefined ||
    texts.parentAgent !== undefined ||
    texts.actor !== undefined ||
    texts.handover !== undefined ||
    texts.purpose !== undefined ||
    texts.breakGlass !== undefined
  );
}

// Longer texts are no names: they would only make records and state large.
export const TEXT_CHARS_MAX = 512;
export const URI_CHARS_MAX = 2048;

/** A scalar as text, cut; undefined for what is empty or no scalar. */
export function textOf(value: AttributeValue, charsMax: number): string | undefined {
  if (typeof value === 'string') {
    if (value === '') return undefined;
    return cutText(value, charsMax);
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** One attribute that says "failed" is not taken back by another that does not; a value that is neither word says nothing. */
export function readFailure(
  key: string,
  value: AttributeValue,
  says: ReadonlyMap<string, boolean>,
  draft: Draft,
): void {
  const failed = says.get(textOf(value, 16)?.toLowerCase() ?? '');
  if (failed === undefined || draft.failedByResult) return;
  if (draft.failed === null || (failed && !draft.failed.value))
    draft.failed = { value: failed, key };
}

/** Reads what a result says of itself. */
export function readResultInto(key: string, value: AttributeValue, draft: Draft): void {
  const { isError, resultType } = readResult(value);
  // The result itself is the best witness of it.
  if (isError !== undefined) {
    draft.failed = { value: isError, key: `${key}.isError` };
    draft.failedByResult = true;
  }
  if (resultType !== undefined) draft.texts.resultType ??= resultType;
}
