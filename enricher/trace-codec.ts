import { packFacts, unpackFacts } from './empty-facts.ts';
import type { Call, SpanNode, Trace } from './trace-state.ts';
import { callAt, indexNode, newTrace, nodeAt } from './trace-state.ts';

/**
 * A trace in state is cut into segments, so that a trace that grows for hours is not written anew with each span. Segment 0 also holds
 * how many spans and calls there are; small traces have no other.
 */
export const segmentSpans = 64;
export const segmentCalls = 32;

export type SegmentName = 'base' | `s${number}` | `c${number}`;

/** What is new in a trace since it was written last: indexes of segments. */
export type DirtySegments = {
  readonly spans: ReadonlySet<number>;
  readonly calls: ReadonlySet<number>;
};

/** The names of all segments of a trace with so many spans and calls. */
export function segmentNames(spans: number, calls: number): readonly SegmentName[] {
  const names: SegmentName[] = ['base'];
  for (let index = 1; index * segmentSpans < spans; index += 1) names.push(`s${index}`);
  for (let index = 1; index * segmentCalls < calls; index += 1) names.push(`c${index}`);
  return names;
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
  const stored: StoredBase = JSON.parse(textOf(base));
  return { spans: stored.n, calls: stored.m, touchedMs: stored.touched };
}

/** The trace out of its segments, its indexes derived anew. */
export function decodeTrace(
  tenant: string,
  traceId: string,
  read: (name: SegmentName) => Uint8Array,
): Trace {
  const trace = newTrace(tenant, traceId);
  const base: StoredBase = JSON.parse(textOf(read('base')));
  trace.dueMs = base.due;
  trace.touchedMs = base.touched;
  addSpans(trace, base.s);
  addCalls(trace, base.c);
  for (const name of segmentNames(base.n, base.m).slice(1)) {
    if (name.startsWith('s')) {
      const spans: readonly StoredSpan[] = JSON.parse(textOf(read(name)));
      addSpans(trace, spans);
    } else {
      const calls: readonly StoredCall[] = JSON.parse(textOf(read(name)));
      addCalls(trace, calls);
    }
  }
  return trace;
}

type StoredBase = {
  readonly n: number;
  readonly m: number;
  readonly due: number;
  readonly touched: number;
  readonly s: readonly StoredSpan[];
  readonly c: readonly StoredCall[];
};

type StoredSpan = readonly [
  id: SpanNode['id'],
  parent: SpanNode['parent'],
  producer: SpanNode['producer'],
  trust: SpanNode['trust'],
  digest: SpanNode['digest'],
  role: SpanNode['role'],
  call: number,
  open: 0 | 1,
  conflicting: 0 | 1,
  reading: SpanNode['reading'],
  links: SpanNode['links'],
  payload: SpanNode['payload'],
];

type StoredCall = readonly [
  callId: Call['callId'],
  kind: Call['kind'],
  times: readonly [
    firstMs: number,
    lastMs: number,
    lastOffset: number,
    dueMs: number,
    dirtyMs: number,
  ],
  hops: Call['hops'],
  revision: number,
  change: Call['change'],
  facts: readonly unknown[] | null,
  charges: NonNullable<Call['published']>['charges'],
  shape: string,
  payloadNames: Call['payloadNames'],
  mergedInto: number,
];

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function segmentOf(trace: Trace, name: SegmentName): StoredBase | readonly unknown[] {
  if (name === 'base') {
    return {
      n: trace.nodes.length,
      m: trace.calls.length,
      due: trace.dueMs,
      touched: trace.touchedMs,
      s: storeSpans(trace, 0),
      c: storeCalls(trace, 0),
    };
  }
  const index = Number(name.slice(1));
  return name.startsWith('s') ? storeSpans(trace, index) : storeCalls(trace, index);
}

function storeSpans(trace: Trace, segment: number): readonly StoredSpan[] {
  const stored: StoredSpan[] = [];
  const end = Math.min(trace.nodes.length, (segment + 1) * segmentSpans);
  for (let index = segment * segmentSpans; index < end; index += 1) {
    const node = nodeAt(trace, index);
    const { id, parent, producer, trust, digest, role, call, reading, links, payload } = node;
    const flags = [node.open ? 1 : 0, node.conflicting ? 1 : 0] as const;
    stored.push([
      id,
      parent,
      producer,
      trust,
      digest,
      role,
      call,
      ...flags,
      reading,
      links,
      payload,
    ]);
  }
  return stored;
}

function storeCalls(trace: Trace, segment: number): readonly StoredCall[] {
  const stored: StoredCall[] = [];
  const end = Math.min(trace.calls.length, (segment + 1) * segmentCalls);
  for (let index = segment * segmentCalls; index < end; index += 1) {
    const call = callAt(trace, index);
    stored.push([
      call.callId,
      call.kind,
      [call.firstMs, call.lastMs, call.lastOffset, call.dueMs, call.dirtyMs],
      call.hops,
      call.revision,
      call.change,
      call.published && packFacts(call.published.facts),
      call.published?.charges ?? [],
      call.shape,
      call.payloadNames,
      call.mergedInto,
    ]);
  }
  return stored;
}

function addSpans(trace: Trace, stored: readonly StoredSpan[]): void {
  for (const span of stored) {
    const [id, parent, producer, trust, digest, role, call, open, conflicting] = span;
    const [, , , , , , , , , reading, links, payload] = span;
    const node: SpanNode = {
      id,
      parent,
      producer,
      trust,
      digest,
      role,
      call,
      reading,
      links,
      payload,
      open: open === 1,
      conflicting: conflicting === 1,
    };
    indexNode(trace, node, trace.nodes.push(node) - 1);
  }
}

function addCalls(trace: Trace, stored: readonly StoredCall[]): void {
  for (const call of stored) {
    const [callId, kind, times, hops, revision, change, facts, charges, shape] = call;
    const [, , , , , , , , , payloadNames, mergedInto] = call;
    const [firstMs, lastMs, lastOffset, dueMs, dirtyMs] = times;
    const published = facts && { facts: unpackFacts(facts), charges };
    trace.calls.push({
      callId,
      kind,
      firstMs,
      lastMs,
      lastOffset,
      dueMs,
      dirtyMs,
      hops,
      revision,
      change,
      published,
      shape,
      payloadNames,
      mergedInto,
    });
  }
}
