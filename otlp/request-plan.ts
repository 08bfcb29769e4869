import type { Edits } from './edits.ts';
import { keptEdits } from './edits.ts';
import { OtlpError } from './errors.ts';
import type { Pass, Range, RewriteLimits } from './rewrite-pass.ts';
import type { Planning } from './plan-bodies.ts';
import { hasNotes, planBodies, planUrl, resourceWalk, scopeWalk } from './plan-bodies.ts';
import type { ItemKey, ItemRewriter, RejectReason } from './rewrite-message.ts';
import type { Notes, RedactionTally } from './span-notes.ts';
import { addToTally, createNotes } from './span-notes.ts';
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
  readonly redactions: RedactionTally;
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
  readonly items: ItemPlan[];
};

/** A span or a log record. */
export type ItemPlan = {
  readonly key: ItemKey;
  /** The whole field in the request, tag and length included. */
  readonly start: number;
  readonly bodyStart: number;
  readonly end: number;
  /** Null when the item stays as it came. */
  readonly edits: Edits | null;
};

/**
 * Walks a request once. Traces and logs have the same frame: request → resource → scope → items. Throws `OTLP_MALFORMED` when
 * it is broken; a broken item is only rejected.
 */
export function planRequest(
  pass: Pass,
  end: number,
  limits: RewriteLimits,
  rewriteItem: ItemRewriter,
): RequestPlan {
  const plan: RequestPlan = {
    resources: [],
    rejected: new Map(),
    accepted: 0,
    piecesLeft: PIECES_MAX,
    isUnchanged: true,
    redactions: new Map(),
  };
  const { cursor } = pass;
  const walk: Walk = { pass, limits, plan, rewriteItem };
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === tags.REQUEST_RESOURCES) planResource(walk, end);
    else skipUnknown(pass, tag, end, plan);
  }
  return plan;
}

type Walk = {
  readonly pass: Pass;
  readonly limits: RewriteLimits;
  readonly plan: RequestPlan;
  readonly rewriteItem: ItemRewriter;
};

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

function planResource(walk: Walk, end: number): void {
  const { pass, limits, plan } = walk;
  const { cursor } = pass;
  countPiece(plan);
  const stop = readLength(cursor, end) + cursor.at;
  const resources: Range[] = [];
  const scopes: Range[] = [];
  const urls: Range[] = [];
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    if (tag === tags.RESOURCES_RESOURCE) resources.push(readRange(pass, stop, plan));
    else if (tag === tags.RESOURCES_SCOPES) scopes.push(readRange(pass, stop, plan));
    else if (tag === tags.RESOURCES_SCHEMA_URL) urls.push(readRange(pass, stop, plan));
    else skipUnknown(pass, tag, stop, plan);
  }
  // What was done to scopes and URLs is told on the resource: a scope's attributes reach nobody.
  const notes = createNotes();
  const resourcePlan: ResourcePlan = {
    schemaUrl: planUrl(pass, urls, notes, plan),
    resource: new Uint8Array(0),
    scopes: [],
  };
  for (const range of scopes) {
    const scope = planScope(walk, range, notes);
    if (scope.items.length > 0) resourcePlan.scopes.push(scope);
  }
  if (resources.length === 0 && hasNotes(notes)) resources.push({ start: stop, end: stop });
  const planning: Planning = { limits, plan, notes: null, notesBefore: notes };
  resourcePlan.resource = planBodies(pass, resources, planning, resourceWalk);
  if (resourcePlan.scopes.length > 0) plan.resources.push(resourcePlan);
  if (resources.length > 0) addToTally(plan.redactions, pass.notes);
  cursor.at = stop;
}

function planScope(walk: Walk, range: Range, notes: Notes): ScopePlan {
  const { pass, limits, plan } = walk;
  const { cursor } = pass;
  const scopes: Range[] = [];
  const urls: Range[] = [];
  const items: ItemPlan[] = [];
  cursor.at = range.start;
  while (cursor.at < range.end) {
    const start = cursor.at;
    const tag = readTag(cursor, range.end);
    if (tag === tags.SCOPES_ITEMS) planItem(walk, { start, end: range.end }, items);
    else if (tag === tags.SCOPES_SCOPE) scopes.push(readRange(pass, range.end, plan));
    else if (tag === tags.SCOPES_SCHEMA_URL) urls.push(readRange(pass, range.end, plan));
    else skipUnknown(pass, tag, range.end, plan);
  }
  return {
    scope: planBodies(pass, scopes, { limits, plan, notes }, scopeWalk),
    schemaUrl: planUrl(pass, urls, notes, plan),
    items,
  };
}

function planItem(walk: Walk, field: Range, items: ItemPlan[]): void {
  const { pass, limits, plan, rewriteItem } = walk;
  const { cursor } = pass;
  const end = readLength(cursor, field.end) + cursor.at;
  const bodyStart = cursor.at;
  const result = rewriteItem(pass, { start: bodyStart, end }, limits);
  cursor.at = end;
  if (result.kind === 'rejected') {
    plan.rejected.set(result.reason, (plan.rejected.get(result.reason) ?? 0) + 1);
    plan.isUnchanged = false;
    return;
  }
  const { key } = result;
  const edits = result.edits && keptEdits(result.edits, cursor.bytes, bodyStart, end);
  if (edits !== null) plan.isUnchanged = false;
  addToTally(plan.redactions, pass.notes);
  plan.accepted += 1;
  items.push({ key, start: field.start, bodyStart, end, edits });
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
