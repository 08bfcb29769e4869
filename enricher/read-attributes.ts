import type { AttributeValue, Span } from '../otlp/span.ts';
import { nobody } from '../schemas/identity-attributes.ts';
import { textSlots } from './dialects/dialect.ts';
import type { KeyUse, Reader } from './dialects/known-dialects.ts';
import type { Draft, Texts } from './draft.ts';
import {
  newDraft,
  readFailure,
  readResultInto,
  TEXT_CHARS_MAX,
  textOf,
  URI_CHARS_MAX,
} from './draft.ts';
import { PART_RANK, readEvents, readFlattened, readParts } from './read-parts.ts';
import { canonicalJson, readCuts } from './read-payload.ts';
import { receiptsText } from './read-receipts.ts';
import { isKeptUnread, UNREAD_MAX } from './unread-attributes.ts';

// Rank of what stands in each slot: reset for each span, never read after it.
const ranks = new Uint8Array(textSlots.length);
const NO_RANK = 255;

/** Reads a span's attributes in one pass, one look-up each, then what lies within some of them. */
export function readAttributes(span: Span, reader: Reader): Draft {
  const { uses, flattened, dialect } = reader;
  const draft = newDraft();
  ranks.fill(NO_RANK);
  for (const [key, value] of span.attributes) {
    const use = uses.get(key);
    if (use) readAttribute(key, value, use, draft);
    else if (isKeptUnread(key) && !isMember(key, flattened)) keepUnread(key, value, draft);
  }
  translate(draft.texts, reader);
  if (draft.bundles !== null) {
    for (const bundle of draft.bundles) readParts(bundle, draft);
    translate(draft.texts, reader);
  }
  if (flattened.length > 0) readFlattened(span.attributes, reader, draft);
  if (dialect.events) readEvents(span, dialect.events, draft);
  return draft;
}

function isMember(key: string, flattened: Reader['flattened']): boolean {
  for (const [beginning] of flattened) if (key.startsWith(beginning)) return true;
  return false;
}

function keepUnread(key: string, value: AttributeValue, draft: Draft): void {
  draft.unread ??= [];
  if (draft.unread.length <= UNREAD_MAX) draft.unread.push([key, value]);
}

/** Values that the emitter writes otherwise, in the standard's words. */
function translate(texts: Texts, { values }: Reader): void {
  for (const [slot, words] of values) {
    const said = texts[slot];
    const word = said === undefined ? undefined : words.get(said);
    if (word === '') delete texts[slot];
    else if (word !== undefined) texts[slot] = word;
  }
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
      readPayload(key, value, use, draft);
      break;
    case 'arguments':
      readPayload(key, value, use, draft);
      break;
    case 'bundle':
      (draft.bundles ??= []).push({ key, value, parts: use.parts, rank: PART_RANK });
      break;
    case 'definitions':
      draft.definitions = value;
      break;
    case 'known':
      break;
  }
}

function readText(value: AttributeValue, use: Extract<KeyUse, { as: 'text' }>, draft: Draft): void {
  if (use.rank >= (ranks[use.slotIndex] ?? 0)) return;
  const scalar = use.slot === 'actor' && value instanceof Map ? canonicalJson(value) : value;
  const text = textOf(scalar, use.slot === 'resource' ? URI_CHARS_MAX : TEXT_CHARS_MAX);
  if (text === undefined) return;
  ranks[use.slotIndex] = use.rank;
  draft.texts[use.slot] = text;
  if (use.foreign) draft.foreign = true;
  if (use.decides !== null) draft.texts.decisionKind ??= use.decides;
}

function readPayload(
  key: string,
  value: AttributeValue,
  { as, rank, parts }: Extract<KeyUse, { as: 'arguments' | 'result' }>,
  draft: Draft,
): void {
  (draft.payloads ??= []).push({ name: as, key, value, rank });
  if (parts) (draft.bundles ??= []).push({ key, value, parts, rank: rank - 0.5 });
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

const IDENTITIES_MAX = 16;
const ROLES_MAX = 16;
