import type { Span } from '../otlp/span.ts';
import type { Dialect } from './dialects/dialect.ts';
import type { Captured, Draft } from './draft.ts';
import { readPairs } from './read-pairs.ts';
import { capturePayload, promptVariables } from './read-payload.ts';
import type { CapturedPayload } from './reading.ts';
import { unreadPayload } from './unread-attributes.ts';

/**
 * What a call's span captured of the request and its answer, the best view of each first. What the emitter withheld, redacted or cut is said in
 * the draft's `upstream`: that two spans say the same of it does not mean that they were asked the same.
 */
export function capturedBy(span: Span, draft: Draft, dialect: Dialect): readonly CapturedPayload[] {
  const captured = draft.payloads === null ? [] : captureAll(draft.payloads, draft, dialect);
  if (draft.unread !== null) captured.push(unreadPayload(span.spanId, draft.unread));
  if (draft.texts.method !== 'prompts/get') return captured;
  return [...captured, ...promptVariables(span, draft.cuts)];
}

function captureAll(
  payloads: readonly Captured[],
  draft: Draft,
  dialect: Dialect,
): CapturedPayload[] {
  const told =
    dialect.withheld === undefined
      ? payloads
      : payloads.filter((each) => !isWithheld(each, draft, dialect));
  const ordered = told.length < 2 ? told : told.toSorted((a, b) => a.rank - b.rank);
  const captured = ordered.map((each) => captureOne(each, draft, dialect));
  if (captured.some(({ text }) => isRedactedUpstream(text))) draft.texts.upstream ??= 'redacted';
  return captured;
}

function captureOne(
  { name, key, value }: Captured,
  draft: Draft,
  { argumentsAs }: Dialect,
): CapturedPayload {
  const isPairs = name === 'arguments' && argumentsAs === 'pairs' && typeof value === 'string';
  const members = isPairs ? readPairs(value) : undefined;
  const captured = capturePayload(name, key, members ?? value, draft.cuts);
  if (!isPairs || !isCutUpstream(value)) return captured;
  draft.texts.upstream ??= 'cut';
  return { ...captured, truncated: true };
}

/** Whether it is only what the emitter puts in the place of what it does not tell. */
function isWithheld({ key, value }: Captured, draft: Draft, { withheld }: Dialect): boolean {
  if (withheld === undefined || value !== withheld[key]) return false;
  draft.texts.upstream ??= 'redacted';
  return true;
}

/** Pairs whose last one, or one of them, ends in the mark of a cut. */
function isCutUpstream(pairs: string): boolean {
  return pairs.endsWith('...') || pairs.includes('..., ');
}

/** Marks that emitters put in the place of what they do not tell. */
const upstreamMarks = ['[REDACTED]', '<REDACTED>', '<not serializable>', '[Filtered]'];

function isRedactedUpstream(text: string): boolean {
  return upstreamMarks.some((mark) => text.includes(mark));
}
