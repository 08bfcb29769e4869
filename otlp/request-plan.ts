import type { Edits } from './edits.ts';
import { applyEdits } from './edits.ts';
import { dropUnknown, keepSmallVarint, rewriteAttributeWithinLimit } from './rewrite-fields.ts';
import { OtlpError } from './errors.ts';
import type { Pass, RewriteLimits } from './rewrite-pass.ts';
import { nextField, rewriteText } from './rewrite-pass.ts';
import type { RejectReason } from './rewrite-span.ts';
import { rewriteBounded, rewriteSpan } from './rewrite-span.ts';
import type { Notes } from './span-notes.ts';
import { createNotes, noteReceipt } from './span-notes.ts';
import * as tags from './tags.ts';
import { readLength, readTag, skipField } from './wire.ts';

/** What becomes of a request, before any byte is copied. */
export type RequestPlan = {
  readonly resources: ResourcePlan[];
  readonly rejected: Map<RejectReason, number>;
  accepted: number;
  /** Resources, scopes and URLs that the request may still have. */
  piecesLeft: number;
  /** Whether every byte may stay as it came. */
  isUnchanged: boolean;
};

export type ResourcePlan = {
  /** Body of the `Resource`. */
  resource: Uint8Array;
  schemaUrl: Uint8Array;
  readonly scopes: ScopePlan[];
};

export type ScopePlan = {
  /** Body of the `InstrumentationScope`. */
  scope: Uint8Array;
  schemaUrl: Uint8Array;
  readonly spans: SpanPlan[];
};

export type SpanPlan = {
  /** Where its trace id lies in the request. */
  readonly traceIdAt: number;
  /** The whole field in the request, tag and length included. */
  readonly start: number;
  readonly end: number;
  /** The rewritten body; null when the span stays as it came. */
  readonly body: Buffer | null;
};

/** Walks a request once. Throws `OTLP_MALFORMED` when its framing is broken; a broken span is only rejected. */
export function planRequest(pass: Pass, end: number, limits: RewriteLimits): RequestPlan {
  const plan: RequestPlan = {
    resources: [],
    rejected: new Map(),
    accepted: 0,
    piecesLeft: PIECES_MAX,
    isUnchanged: true,
  };
  const { cursor } = pass;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === tags.REQUEST_RESOURCE_SPANS) planResourceSpans(pass, end, limits, plan);
    else skipUnknown(pass, tag, end, plan);
  }
  return plan;
}

/**
 * A request of the largest size that has a resource and a scope for each of its spans has as many; without a bound, one of two-byte
 * resources would become gigabytes of plans.
 */
const PIECES_MAX = 2 ** 18;

function countPiece(plan: RequestPlan): void {
  plan.piecesLeft -= 1;
  if (plan.piecesLeft < 0) {
    const detail = `a request has more than ${PIECES_MAX} resources and scopes`;
    throw new OtlpError('OTLP_TOO_MANY_FIELDS', detail);
  }
}

type Range = { readonly start: number; readonly end: number };

function planResourceSpans(
  pass: Pass,
  end: number,
  limits: RewriteLimits,
  plan: RequestPlan,
): void {
  const { cursor } = pass;
  countPiece(plan);
  const stop = readLength(cursor, end) + cursor.at;
  const resources: Range[] = [];
  const scopeSpans: Range[] = [];
  const urls: Range[] = [];
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    if (tag === tags.RESOURCE_SPANS_RESOURCE) resources.push(readRange(pass, stop, plan));
    else if (tag === tags.RESOURCE_SPANS_SCOPE_SPANS) scopeSpans.push(readRange(pass, stop, plan));
    else if (tag === tags.RESOURCE_SPANS_SCHEMA_URL) urls.push(readRange(pass, stop, plan));
    else skipUnknown(pass, tag, stop, plan);
  }
  // What was done to scopes and URLs is told on the resource: a scope's attributes reach nobody.
  const notes = createNotes();
  const resourcePlan: ResourcePlan = {
    schemaUrl: planUrl(pass, urls, notes, plan),
    resource: new Uint8Array(0),
    scopes: [],
  };
  for (const range of scopeSpans) {
    const scope = planScopeSpans(pass, range, { limits, plan, notes });
    if (scope.spans.length > 0) resourcePlan.scopes.push(scope);
  }
  if (resources.length === 0 && hasNotes(notes)) resources.push({ start: stop, end: stop });
  const planning: Planning = { limits, plan, notes: null, notesBefore: notes };
  resourcePlan.resource = planBodies(pass, resources, planning, resourceWalk);
  if (resourcePlan.scopes.length > 0) plan.resources.push(resourcePlan);
  cursor.at = stop;
}

type Planning = {
  readonly limits: RewriteLimits;
  readonly plan: RequestPlan;
  /** Where the notes of a message go that has no attributes of its own to carry them; null when it has. */
  readonly notes: Notes | null;
  /** What is to stand before a message's own notes: its attributes hold one list of them, for of two a reader takes the last. */
  readonly notesBefore?: Notes;
};

function planScopeSpans(pass: Pass, range: Range, planning: Planning): ScopePlan {
  const { cursor } = pass;
  const { plan, limits } = planning;
  const scopes: Range[] = [];
  const urls: Range[] = [];
  const spans: SpanPlan[] = [];
  cursor.at = range.start;
  while (cursor.at < range.end) {
    const start = cursor.at;
    const tag = readTag(cursor, range.end);
    if (tag === tags.SCOPE_SPANS_SPANS) planSpan(pass, start, range.end, { limits, plan, spans });
    else if (tag === tags.SCOPE_SPANS_SCOPE) scopes.push(readRange(pass, range.end, plan));
    else if (tag === tags.SCOPE_SPANS_SCHEMA_URL) urls.push(readRange(pass, range.end, plan));
    else skipUnknown(pass, tag, range.end, plan);
  }
  return {
    scope: planBodies(pass, scopes, planning, scopeWalk),
    schemaUrl: planUrl(pass, urls, planning.notes ?? createNotes(), plan),
    spans,
  };
}

type SpanPlanning = {
  readonly limits: RewriteLimits;
  readonly plan: RequestPlan;
  readonly spans: SpanPlan[];
};

function planSpan(
  pass: Pass,
  start: number,
  stop: number,
  { limits, plan, spans }: SpanPlanning,
): void {
  const { cursor } = pass;
  const bodyEnd = readLength(cursor, stop) + cursor.at;
  const result = rewriteSpan(pass, cursor.at, bodyEnd, limits);
  cursor.at = bodyEnd;
  if (result.kind === 'rejected') {
    plan.rejected.set(result.reason, (plan.rejected.get(result.reason) ?? 0) + 1);
    plan.isUnchanged = false;
    return;
  }
  const body = result.kind === 'rewritten' ? result.body : null;
  if (body !== null) plan.isUnchanged = false;
  plan.accepted += 1;
  spans.push({ traceIdAt: result.traceIdAt, start, end: bodyEnd, body });
}

// Messages that come in several pieces are merged by every reader; one after the other they are the same message.
function planBodies(
  pass: Pass,
  ranges: readonly Range[],
  planning: Planning,
  walk: MessageWalk,
): Uint8Array {
  const { plan } = planning;
  if (ranges.length === 0) return new Uint8Array(0);
  if (ranges.length > 1) plan.isUnchanged = false;
  const source = pass.cursor.bytes;
  const first = ranges[0] ?? { start: 0, end: 0 };
  const merged =
    ranges.length === 1
      ? source.subarray(first.start, first.end)
      : Buffer.concat(ranges.map(({ start, end }) => source.subarray(start, end)));
  return planBody({ ...pass, cursor: { bytes: merged, at: 0 } }, walk, planning);
}

function planBody(pass: Pass, walk: MessageWalk, planning: Planning): Uint8Array {
  const { limits, plan, notes, notesBefore } = planning;
  const { bytes } = pass.cursor;
  const message = { start: 0, end: bytes.length, tag: walk.attributesTag };
  const edits: Edits | null = rewriteBounded(pass, message, limits, () => {
    if (notesBefore) moveNotes(notesBefore, pass.notes);
    pass.place = walk.place;
    while (pass.cursor.at < bytes.length) walk.rewriteField(pass, bytes.length);
  });
  if (notes !== null) moveNotes(pass.notes, notes);
  if (edits === null) return bytes;
  plan.isUnchanged = false;
  return applyEdits(edits, bytes, 0, bytes.length);
}

function moveNotes(from: Notes, to: Notes): void {
  for (const receipt of from.receipts) noteReceipt(to, receipt.path, receipt);
  for (const cut of from.truncated) to.truncated.push(cut);
}

function hasNotes({ receipts, truncated }: Notes): boolean {
  return receipts.length > 0 || truncated.length > 0;
}

type MessageWalk = {
  readonly place: string;
  readonly attributesTag: number;
  readonly rewriteField: (pass: Pass, end: number) => void;
};

const resourceWalk: MessageWalk = {
  place: 'resource:',
  attributesTag: tags.RESOURCE_ATTRIBUTES,
  rewriteField: (pass, end) => {
    const fieldStart = nextField(pass);
    const tag = readTag(pass.cursor, end);
    if (tag === tags.RESOURCE_ATTRIBUTES) rewriteAttributeWithinLimit(pass, end, fieldStart);
    else if (tag === tags.RESOURCE_DROPPED_ATTRIBUTES) keepSmallVarint(pass, end, fieldStart);
    else dropUnknown(pass, tag, end, fieldStart);
  },
};

const scopeWalk: MessageWalk = {
  place: 'scope:',
  attributesTag: tags.SCOPE_ATTRIBUTES,
  rewriteField: (pass, end) => {
    const fieldStart = nextField(pass);
    const tag = readTag(pass.cursor, end);
    if (tag === tags.SCOPE_NAME) rewriteText(pass, end, '', 'name');
    else if (tag === tags.SCOPE_VERSION) rewriteText(pass, end, '', 'version');
    else if (tag === tags.SCOPE_ATTRIBUTES) rewriteAttributeWithinLimit(pass, end, fieldStart);
    else if (tag === tags.SCOPE_DROPPED_ATTRIBUTES) keepSmallVarint(pass, end, fieldStart);
    else dropUnknown(pass, tag, end, fieldStart);
  },
};

const URL_BYTES_MAX = 2048;

// Of several the last holds.
function planUrl(pass: Pass, urls: readonly Range[], notes: Notes, plan: RequestPlan): Uint8Array {
  const last = urls.at(-1);
  if (last === undefined) return new Uint8Array(0);
  if (urls.length > 1) plan.isUnchanged = false;
  const url = pass.cursor.bytes.subarray(last.start, last.end);
  try {
    const redaction = pass.redactor.redactValue('', url);
    if (redaction === null && url.length <= URL_BYTES_MAX) return url;
    plan.isUnchanged = false;
    for (const receipt of redaction?.receipts ?? []) noteReceipt(notes, 'schema_url', receipt);
    const kept = redaction?.replacement ?? url;
    if (kept.length <= URL_BYTES_MAX) return kept;
  } catch {
    plan.isUnchanged = false;
  }
  noteReceipt(notes, 'schema_url', { rule: 'schema_url', count: 1, action: 'drop' });
  return new Uint8Array(0);
}

function readRange(pass: Pass, stop: number, plan: RequestPlan): Range {
  const { cursor } = pass;
  countPiece(plan);
  const end = readLength(cursor, stop) + cursor.at;
  const start = cursor.at;
  cursor.at = end;
  return { start, end };
}

function skipUnknown(pass: Pass, tag: number, stop: number, plan: RequestPlan): void {
  skipField(pass.cursor, tag, stop);
  plan.isUnchanged = false;
}
