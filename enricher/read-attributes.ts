import type { AttributeValue, Span } from '../otlp/span.ts';
import { nobody } from '../schemas/identity-attributes.ts';
import { cutText } from './cut-text.ts';
import type { TextSlot } from './dialects/dialect.ts';
import { textSlots } from './dialects/dialect.ts';
import type { KeyUse } from './dialects/known-dialects.ts';
import type { Cuts } from './read-payload.ts';
import { noCuts, readCuts, readResult } from './read-payload.ts';
import { receiptsText } from './read-receipts.ts';
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
  payloads:
    { readonly name: string; readonly key: string; readonly value: AttributeValue }[] | null;
};

// Rank of what stands in each slot: reset for each span, never read after it.
const ranks = new Uint8Array(textSlots.length);
const NO_RANK = 255;

/** Reads a span's attributes in one pass, one look-up each. */
export function readAttributes(span: Span, uses: ReadonlyMap<string, KeyUse>): Draft {
  const draft = newDraft();
  ranks.fill(NO_RANK);
  for (const [key, value] of span.attributes) {
    const use = uses.get(key);
    if (use) readAttribute(key, value, use, draft);
  }
  return draft;
}

function readAttribute(key: string, value: AttributeValue, use: KeyUse, draft: Draft): void {
  switch (use.as) {
    case 'text':
      readText(value, use, draft);
      break;
    case 'identity':
      readIdentity(value, use, draft);
      break;
    case 'failure':
      readFailure(key, value, use.says, draft);
      break;
    case 'roles':
      draft.roles = textsOf(value);
      break;
    case 'receipts':
      draft.receipts = receiptsText(value);
      break;
    case 'truncated':
      draft.cuts = readCuts(value);
      break;
    case 'result':
      readResultInto(key, value, draft);
      (draft.payloads ??= []).push({ name: use.as, key, value });
      break;
    case 'arguments':
      (draft.payloads ??= []).push({ name: use.as, key, value });
      break;
  }
}

/** One attribute that says "failed" is not taken back by another that does not; a value that is neither word says nothing. */
function readFailure(
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

function readText(value: AttributeValue, use: Extract<KeyUse, { as: 'text' }>, draft: Draft): void {
  if (use.rank >= (ranks[use.slotIndex] ?? 0)) return;
  const text = textOf(value, use.slot === 'resource' ? URI_CHARS_MAX : TEXT_CHARS_MAX);
  if (text === undefined) return;
  ranks[use.slotIndex] = use.rank;
  draft.texts[use.slot] = text;
  if (use.foreign) draft.foreign = true;
}

// Longer texts are no names: they would only make records and state large.
export const TEXT_CHARS_MAX = 512;
const URI_CHARS_MAX = 2048;
const IDENTITIES_MAX = 16;
const ROLES_MAX = 16;

/** A scalar as text, cut; undefined for what is empty or no scalar. */
export function textOf(value: AttributeValue, charsMax: number): string | undefined {
  if (typeof value === 'string') {
    if (value === '') return undefined;
    return cutText(value, charsMax);
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function textsOf(value: AttributeValue): readonly string[] {
  const values = Array.isArray(value) ? value : [value];
  return values.flatMap((entry) => textOf(entry, TEXT_CHARS_MAX) ?? []).slice(0, ROLES_MAX);
}

function readIdentity(
  value: AttributeValue,
  use: Extract<KeyUse, { as: 'identity' }>,
  draft: Draft,
): void {
  const principal = textOf(value, TEXT_CHARS_MAX);
  if (principal === undefined) return;
  const named = !nobody.has(principal.toLowerCase());
  const subject = named ? use.subject : 'anonymous';
  draft.identities ??= [];
  if (draft.identities.length < IDENTITIES_MAX) {
    draft.identities.push({ key: use.key, principal, subject });
  }
}

function readResultInto(key: string, value: AttributeValue, draft: Draft): void {
  const { isError, resultType } = readResult(value);
  // The result itself is the best witness of it.
  if (isError !== undefined) {
    draft.failed = { value: isError, key: `${key}.isError` };
    draft.failedByResult = true;
  }
  if (resultType !== undefined) draft.texts.resultType ??= resultType;
}

/** True when the span says something that calls below it inherit. */
export function hasContext({ identities, texts, roles }: Draft): boolean {
  return (
    identities !== null ||
    roles !== null ||
    texts.agent !== undefined ||
    texts.agentId !== undefined ||
    texts.conversation !== undefined ||
    texts.purpose !== undefined ||
    texts.breakGlass !== undefined
  );
}

function newDraft(): Draft {
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
  };
}
