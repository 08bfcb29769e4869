import type { CallView } from './attribution/call-view.ts';
import { viewOf } from './attribution/call-view.ts';
import { nextAbove } from './attribution/walk.ts';
import { buildMergedRecord, buildRecord, shapeOf } from './build-record.ts';
import type { EngineWork } from './engine.ts';
import { answerToSend } from './joins/answers.ts';
import { halfToSend } from './joins/send-half.ts';
import { wasSent } from './joins/send-spans.ts';
import { hasPayload } from './payload-spill.ts';
import { missingHops } from './record-facts.ts';
import { withHeard } from './heard.ts';
import type { SpanBucket } from '../schemas/state-keys.ts';
import { noteRecord } from './reconciled.ts';
import type { SpanNumber } from '../schemas/span-numbers.ts';
import { reasonOf } from '../schemas/reason-of.ts';
import type { AuditRecord, Facts } from '../schemas/record-types.ts';
import type { Call, Trace } from './trace-state.ts';
import { callAt, nodeAt } from './trace-state.ts';

/**
 * After a message: a call that can get no further hop is published at once, any other waits until it has been quiet for a while.
 * Revisions always wait, so that several late spans make one.
 */
export function publishSettled(
  work: EngineWork,
  trace: Trace,
  touched: ReadonlySet<number>,
  nowMs: number,
): void {
  for (const index of touched) {
    const call = callAt(trace, index);
    if (isAbsorbed(call) || (call.takenInto !== '' && call.dirtyMs === 0)) {
      if (call.takenInto !== '') passOver(work, trace, index);
      continue;
    }
    if (call.dirtyMs === 0) continue;
    if (isTooLate(work, call, nowMs)) {
      work.tallies.tooLate += 1;
      passOver(work, trace, index);
      continue;
    }
    // One that was part of a published call waits for that one's revision, lest both be current at once.
    const isNew = call.revision < 0 && call.splitFrom === '';
    const published =
      isNew && tried(work, trace, index, () => publishIfSettled(work, trace, index));
    if (!published) call.dueMs = dueOf(work, trace, call, nowMs);
    work.store.touchCall(trace, index);
  }
  work.store.setDue(trace, firstDue(trace));
}

/** Publishes the calls of a trace that are due. */
export function publishDue(work: EngineWork, trace: Trace, dueMs: number): void {
  for (const [index, call] of trace.calls.entries()) {
    if (call.dueMs === 0 || call.dueMs > dueMs) continue;
    work.store.touchCall(trace, index);
    if (isAbsorbed(call)) settle(call);
    else tried(work, trace, index, () => publish(work, trace, index));
  }
  work.store.setDue(trace, firstDue(trace));
}

/** Publishes all that is new in a trace, due or not: nothing of it is remembered after this. */
export function publishAll(work: EngineWork, trace: Trace): void {
  for (const call of trace.calls) if (call.dirtyMs > 0) call.dueMs = 1;
  publishDue(work, trace, 1);
}

function isMerged({ mergedInto, takenInto }: Call): boolean {
  return mergedInto >= 0 || takenInto !== '';
}

/** A call that proved to be another before anybody heard of it. */
function isAbsorbed(call: Call): boolean {
  return isMerged(call) && call.revision < 0;
}

/**
 * Both sides have spoken and nothing further out can come. A missing side is waited for: its exporter may only be slower, and a record
 * that names it missing, then a revision that takes that back, would be two for one.
 */
function isSettled(call: Call, view: CallView): boolean {
  if (!view.outermostKnown) return false;
  if (call.kind === 'inference') return true;
  // What else shows the same stage comes right behind it.
  return call.kind === 'call' && missingHops(view).length === 0;
}

function dueOf({ options }: EngineWork, trace: Trace, call: Call, nowMs: number): number {
  const waits = call.revision < 0 && wasSent(trace, call.hops);
  return Math.min(
    nowMs + (waits ? Math.max(options.joinMsMax, options.quietMsMax) : options.quietMsMax),
    Math.max(call.dirtyMs + options.openMsMax, nowMs + 1),
  );
}

function firstDue(trace: Trace): number {
  let first = 0;
  for (const { dueMs } of trace.calls) {
    if (dueMs > 0 && (first === 0 || dueMs < first)) first = dueMs;
  }
  return first;
}

function settle(call: Call): void {
  call.dueMs = 0;
  call.dirtyMs = 0;
}

/** Calls stay open to what comes late, for a time and a number of revisions; two that proved to be one never count twice. */
function isTooLate({ options }: EngineWork, call: Call, nowMs: number): boolean {
  const isPublished = call.revision >= 0 && !isMerged(call) && call.change !== 'split_from';
  const isOver = nowMs - call.firstMs > options.revisionMsMax;
  return isPublished && (isOver || call.revision >= options.revisionsMax);
}

function passOver(work: EngineWork, trace: Trace, index: number): void {
  const call = callAt(trace, index);
  settle(call);
  closeSpans(work, trace, call, call.kind === 'call' ? 'hop' : 'inference');
  work.store.touchCall(trace, index);
}

/** A call that cannot be put together is set aside, and what was published of it stays. False when there was nothing to do yet. */
function tried(work: EngineWork, trace: Trace, index: number, act: () => boolean): boolean {
  const call = callAt(trace, index);
  try {
    return act();
  } catch (cause) {
    const reason = reasonOf(cause);
    work.failures.push({ tenant: trace.tenant, what: 'call', id: call.callId, reason });
    settle(call);
    closeSpans(work, trace, call, 'dead_letter');
    return true;
  }
}

function publishIfSettled(work: EngineWork, trace: Trace, index: number): boolean {
  const call = callAt(trace, index);
  const view = viewOf(trace, call);
  if (wasSent(trace, call.hops)) return false;
  return isSettled(call, view) && publish(work, trace, index, view);
}

function publish(work: EngineWork, trace: Trace, index: number, view?: CallView): boolean {
  const call = callAt(trace, index);
  const { partition, keys = null, revisionsMax } = work.options;
  const payloadOf = work.store.payloads.read;
  const context = { registry: work.registry, partition, keys, payloadOf, revisionsMax };
  const merged = isMerged(call);
  const record = merged
    ? buildMergedRecord(trace, call, context)
    : buildRecord(trace, call, context, withHeard(work, trace, call, view ?? viewOf(trace, call)));
  const shape = shapeOf(record);
  if (call.published && !merged && !saysMore(record, call, shape)) {
    settle(call);
    closeSpans(work, trace, call, call.kind === 'call' ? 'hop' : 'inference');
    return true;
  }
  const numbers = merged ? [] : numbersOf(trace, call);
  work.publish(record, numbers);
  noteRecord(work.reconciled, record, numbers);
  settle(call);
  countFired(work, record);
  const told =
    record.revision === 0 ? (halfToSend(trace, call) ?? answerToSend(trace, call)) : undefined;
  if (told) work.joins.push(told);
  call.revision = record.revision;
  call.published = { facts: record.facts, charges: record.charges };
  call.shape = shape;
  if (record.payload.length > 0) {
    call.payloadNames = [...call.payloadNames, ...record.payload.map(({ name }) => name)];
  }
  closeSpans(work, trace, call, call.kind === 'call' ? 'hop' : 'inference');
  return true;
}

function countFired({ fired }: EngineWork, { payload }: AuditRecord): void {
  fired.records += 1;
  for (const { value } of payload) fired.payloadBytes += value.length;
}

/** The numbered spans among a call's hops, as many as fit into a header. */
function numbersOf(trace: Trace, { hops }: Call): readonly SpanNumber[] {
  const numbers: SpanNumber[] = [];
  for (const index of hops) {
    const { producer, reading } = nodeAt(trace, index);
    const [stream, number] = reading?.spanNumber?.split('/') ?? [];
    if (stream === undefined || numbers.length === NUMBERS_MAX) continue;
    numbers.push({ producer, stream, number: Number(number) });
  }
  return numbers;
}

const NUMBERS_MAX = 16;

function saysMore(record: AuditRecord, call: Call, shape: string): boolean {
  if (record.payload.length > 0 || shape !== call.shape || !call.published) return true;
  return comparable(record.facts) !== comparable(call.published.facts);
}

/** Facts without when and under which registry they were put together. */
function comparable(facts: Facts): string {
  return JSON.stringify({ ...facts, appendTimeUs: 0, configVersion: 0, redactionPolicies: [] });
}

function closeSpans(work: EngineWork, trace: Trace, call: Call, bucket: SpanBucket): void {
  for (const index of call.hops) {
    const node = nodeAt(trace, index);
    for (const above of call.kind === 'call' ? nextAbove(trace, node) : []) {
      const tool = nodeAt(trace, above);
      if (tool.role !== 'tool' || !hasPayload(tool)) continue;
      work.store.payloads.drop(trace, tool);
      work.store.touchSpan(trace, above);
    }
    if (!node.open && !hasPayload(node)) continue;
    if (node.open) {
      node.open = false;
      work.counts.move('open', bucket, { tenant: trace.tenant, producer: node.producer });
    }
    work.store.payloads.drop(trace, node);
    work.store.touchSpan(trace, index);
  }
}
