import type { Charge } from '../schemas/record-types.ts';
import { ChangeReasonValues, TrustClassValues } from '../schemas/record-types.ts';
import type { StoredFacts } from './empty-facts.ts';
import { restoreFacts, storeFacts } from './empty-facts.ts';
import type { StoredReading } from './reading-codec.ts';
import { restoreReading, storeReading } from './reading-codec.ts';
import type { SpanRole } from './reading.ts';
import type { TextTable } from './text-table.ts';
import { emptyTable, indexOf, textAt } from './text-table.ts';
import type { Call, SpanNode, Trace } from './trace-state.ts';
import { callAt, indexNode, newTrace, nodeAt } from './trace-state.ts';

/**
 * A trace in state is cut into segments, so that a trace that grows for hours is not written anew with each span. Segment 0 also holds
 * how many spans and calls there are; small traces have no other.
 */
export const segmentSpans = 64;
export const segmentCalls = 32;

export type SegmentName = 'base' | `s${number}` | `c${number}`;

/** The names of all segments of a trace with so many spans and calls. */
export function segmentNames(spans: number, calls: number): readonly SegmentName[] {
  const names: SegmentName[] = ['base'];
  for (let index = 1; index * segmentSpans < spans; index += 1) names.push(`s${index}`);
  for (let index = 1; index * segmentCalls < calls; index += 1) names.push(`c${index}`);
  return names;
}

/** The key of a segment in state; `key` is the trace's. */
export function segmentKey(key: string, name: SegmentName): string {
  return name === 'base' ? `t/${key}` : `t/${key}/${name}`;
}

export function encodeSegment(trace: Trace, name: SegmentName): Uint8Array {
  return Buffer.from(JSON.stringify(segmentOf(trace, name)));
}

/** The counts out of the first segment: enough to find the others. */
export function decodeCounts(base: Uint8Array): {
  readonly spans: number;
  readonly calls: number;
  readonly touchedMs: number;
} {
  const [, [spans, calls, , touchedMs]] = parseSegment(base);
  return { spans, calls, touchedMs };
}

/** The trace out of its segments, its indexes derived anew. */
export function decodeTrace(key: string, read: (name: SegmentName) => Uint8Array): Trace {
  const trace = newTrace(key);
  const [texts, [spans, calls, dueMs, touchedMs], baseSpans, baseCalls] = parseSegment(
    read('base'),
  );
  trace.dueMs = dueMs;
  trace.touchedMs = touchedMs;
  addSpans(trace, texts, baseSpans);
  addCalls(trace, texts, baseCalls);
  for (const name of segmentNames(spans, calls).slice(1)) {
    const [moreTexts, , moreSpans, moreCalls] = parseSegment(read(name));
    addSpans(trace, moreTexts, moreSpans);
    addCalls(trace, moreTexts, moreCalls);
  }
  return trace;
}

/** A segment: its table of texts, the trace's counts and times, and its share of spans and calls. */
type StoredSegment = readonly [
  texts: readonly string[],
  head: readonly [spans: number, calls: number, dueMs: number, touchedMs: number],
  spans: readonly StoredSpan[],
  calls: readonly StoredCall[],
];

type StoredSpan = readonly [
  id: number,
  parent: number,
  producer: number,
  trust: number,
  digest: string,
  role: number,
  call: number,
  /** 1: open; 2: conflicting. */
  flags: number,
  reading: StoredReading | 0,
  links: readonly number[] | 0,
  payload: SpanNode['payload'] | 0,
];

type StoredCall = readonly [
  callId: string,
  kind: number,
  times: readonly [
    firstMs: number,
    lastMs: number,
    lastOffset: number,
    dueMs: number,
    dirtyMs: number,
  ],
  hops: Call['hops'],
  revision: number,
  change: number,
  facts: StoredFacts | 0,
  charges: readonly Charge[],
  shape: string,
  payloadNames: Call['payloadNames'],
  mergedInto: number,
];

function parseSegment(bytes: Uint8Array): StoredSegment {
  const { buffer, byteOffset, byteLength } = bytes;
  const stored: StoredSegment = JSON.parse(
    Buffer.from(buffer, byteOffset, byteLength).toString('utf8'),
  );
  return stored;
}

function segmentOf(trace: Trace, name: SegmentName): StoredSegment {
  const table = emptyTable();
  const index = name === 'base' ? 0 : Number(name.slice(1));
  const head = [trace.nodes.length, trace.calls.length, trace.dueMs, trace.touchedMs] as const;
  const spans = name.startsWith('c') ? [] : storeSpans(table, trace, index);
  const calls = name.startsWith('s') ? [] : storeCalls(table, trace, index);
  return [table.texts, head, spans, calls];
}

function storeSpans(table: TextTable, trace: Trace, segment: number): readonly StoredSpan[] {
  const stored: StoredSpan[] = [];
  const end = Math.min(trace.nodes.length, (segment + 1) * segmentSpans);
  for (let index = segment * segmentSpans; index < end; index += 1) {
    const node = nodeAt(trace, index);
    stored.push([
      indexOf(table, node.id),
      indexOf(table, node.parent),
      indexOf(table, node.producer),
      TrustClassValues.indexOf(node.trust),
      node.digest,
      roles.indexOf(node.role),
      node.call,
      (node.open ? 1 : 0) + (node.conflicting ? 2 : 0),
      node.reading === null ? 0 : storeReading(table, node.reading),
      node.links.length === 0 ? 0 : node.links.map((link) => indexOf(table, link)),
      node.payload.length === 0 ? 0 : node.payload,
    ]);
  }
  return stored;
}

function storeCalls(table: TextTable, trace: Trace, segment: number): readonly StoredCall[] {
  const stored: StoredCall[] = [];
  const end = Math.min(trace.calls.length, (segment + 1) * segmentCalls);
  for (let index = segment * segmentCalls; index < end; index += 1) {
    const call = callAt(trace, index);
    stored.push([
      call.callId,
      call.kind === 'call' ? 0 : 1,
      [call.firstMs, call.lastMs, call.lastOffset, call.dueMs, call.dirtyMs],
      call.hops,
      call.revision,
      ChangeReasonValues.indexOf(call.change),
      call.published ? storeFacts(table, call.published.facts) : 0,
      call.published?.charges ?? [],
      call.shape,
      call.payloadNames,
      call.mergedInto,
    ]);
  }
  return stored;
}

// The order is what state says: new roles go to the end.
const roles: readonly SpanRole[] = [
  'hop',
  'agent',
  'tool',
  'inference',
  'aggregate',
  'housekeeping',
  'other',
];

function addSpans(trace: Trace, texts: readonly string[], stored: readonly StoredSpan[]): void {
  for (const span of stored) {
    const [id, parent, producer, trust, digest, role, call, flags, reading, links, payload] = span;
    const node: SpanNode = {
      id: textAt(texts, id),
      parent: textAt(texts, parent),
      producer: textAt(texts, producer),
      trust: TrustClassValues[trust] ?? 'unknown',
      digest,
      role: roles[role] ?? 'other',
      call,
      reading: reading === 0 ? null : restoreReading(texts, reading),
      links: links === 0 ? [] : links.map((link) => textAt(texts, link)),
      payload: payload === 0 ? [] : payload,
      open: (flags & 1) !== 0,
      conflicting: (flags & 2) !== 0,
    };
    indexNode(trace, node, trace.nodes.push(node) - 1);
  }
}

function addCalls(trace: Trace, texts: readonly string[], stored: readonly StoredCall[]): void {
  for (const call of stored) {
    const [callId, kind, times, hops, revision, change, facts, charges, shape] = call;
    const [, , , , , , , , , payloadNames, mergedInto] = call;
    const [firstMs, lastMs, lastOffset, dueMs, dirtyMs] = times;
    trace.calls.push({
      callId,
      kind: kind === 0 ? 'call' : 'inference',
      firstMs,
      lastMs,
      lastOffset,
      dueMs,
      dirtyMs,
      hops,
      revision,
      change: ChangeReasonValues[change] ?? 'unknown',
      published: facts === 0 ? null : { facts: restoreFacts(texts, facts), charges },
      shape,
      payloadNames,
      mergedInto,
    });
  }
}
