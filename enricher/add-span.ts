import type { Span } from '../otlp/span.ts';
import type { SpanBucket } from '../schemas/state-keys.ts';
import type { FoldListener } from './attribution/fold.ts';
import { foldSpan } from './attribution/fold.ts';
import { argumentsDigest } from './arguments-digest.ts';
import { callIdOf } from './call-id.ts';
import { contentDigest } from './content-digest.ts';
import type { EngineWork, SpansMessage } from './engine.ts';
import { readSpan } from './read-span.ts';
import type { Call, SpanNode, Trace } from './trace-state.ts';
import { addNode, callAt, nodeAt } from './trace-state.ts';

export type Arrival = {
  readonly span: Span;
  readonly message: SpansMessage;
  /** Calls of the trace of which this message says something new. */
  readonly touched: Set<number>;
};

/** Adds a span to its trace and folds it; gives the bucket in which it is counted for now. */
export function addSpan(work: EngineWork, trace: Trace, arrival: Arrival): SpanBucket {
  const { span, message } = arrival;
  trace.touchedMs = message.appendTimeMs;
  const digest = contentDigest(span.bytes);
  const earlier = earlierCopy(trace, span.spanId, message.producer);
  if (earlier !== undefined) {
    seenAgain(work, trace, { earlier, digest, arrival });
    return 'duplicate';
  }
  const index = addNode(trace, nodeOf(arrival, digest));
  work.store.touchSpan(trace, index);
  foldSpan(trace, index, listenerFor(work, trace, arrival));
  return bucketOf(nodeAt(trace, index));
}

const LINKS_MAX = 8;
const NO_LINKS: readonly string[] = [];

function nodeOf({ span, message }: Arrival, digest: number): SpanNode {
  const { role, reading, payload } = readSpan(span);
  const { traceId, links } = span;
  return {
    id: span.spanId,
    parent: span.parentSpanId === span.spanId ? '' : span.parentSpanId,
    producer: message.producer,
    trust: message.trust,
    digest,
    asked: argumentsDigest(payload),
    links:
      links.length === 0
        ? NO_LINKS
        : links
            .filter((link) => link.traceId === traceId && link.spanId !== span.spanId)
            .slice(0, LINKS_MAX)
            .map(({ spanId }) => spanId),
    reading,
    role,
    call: -1,
    open: false,
    conflicting: false,
    payload,
  };
}

/** The index of the same span from the same producer. From another producer it is another view of the same operation. */
function earlierCopy(trace: Trace, id: string, producer: string): number | undefined {
  return trace.byId.get(id)?.find((index) => nodeAt(trace, index).producer === producer);
}

type Again = { readonly earlier: number; readonly digest: number; readonly arrival: Arrival };

function seenAgain(work: EngineWork, trace: Trace, { earlier, digest, arrival }: Again): void {
  const node = nodeAt(trace, earlier);
  work.store.touchSpan(trace, earlier);
  if (node.digest === digest || node.conflicting) return;
  // The first stays, and the record says that there was another: which of the two is true cannot be told here.
  node.conflicting = true;
  if (node.call >= 0) listenerFor(work, trace, arrival).changed(node.call, 'hop_arrived');
}

function bucketOf(node: SpanNode): SpanBucket {
  if (node.role === 'hop' || node.role === 'inference') {
    node.open = true;
    return 'open';
  }
  return node.role === 'housekeeping' ? 'housekeeping' : 'ancestor';
}

function listenerFor(work: EngineWork, trace: Trace, arrival: Arrival): FoldListener {
  const { message, touched } = arrival;
  const { offset, appendTimeMs } = message;
  const changed: FoldListener['changed'] = (index, reason) => {
    const call = callAt(trace, index);
    // Of a call that proved to be another there is nothing more to say.
    if (call.mergedInto >= 0 && reason !== 'merged_into') return;
    call.lastMs = appendTimeMs;
    call.lastOffset = offset;
    // A new hop is the greater news, whatever else comes before it is told.
    if (call.dirtyMs === 0 || reason !== 'ancestor_arrived') call.change = reason;
    if (call.dirtyMs === 0) call.dirtyMs = appendTimeMs;
    touched.add(index);
    work.store.touchCall(trace, index);
  };
  return {
    changed,
    moved: (index) => work.store.touchSpan(trace, index),
    newCall: (node, index, kind) => {
      const first = { tenant: trace.tenant, producer: node.producer, traceId: trace.traceId };
      const callId = callIdOf({ ...first, spanId: node.id }, appendTimeMs);
      const call = trace.calls.push(newCall({ callId, kind, index, appendTimeMs, offset })) - 1;
      touched.add(call);
      work.store.touchCall(trace, call);
      return call;
    },
    ancestorArrived: (index, says) => {
      // A span that says nothing changes no record, but it may be what a call waited for.
      if (says) changed(index, 'ancestor_arrived');
      else touched.add(index);
    },
    demoted: (node, index, leaf) => demote(work, trace, { node, index, leaf, changed }),
  };
}

type NewCall = {
  readonly callId: string;
  readonly kind: Call['kind'];
  readonly index: number;
  readonly appendTimeMs: number;
  readonly offset: number;
};

function newCall({ callId, kind, index, appendTimeMs, offset }: NewCall): Call {
  return {
    callId,
    kind,
    firstMs: appendTimeMs,
    lastMs: appendTimeMs,
    lastOffset: offset,
    hops: [index],
    revision: -1,
    dueMs: 0,
    dirtyMs: appendTimeMs,
    change: 'first',
    published: null,
    shape: '',
    payloadNames: [],
    mergedInto: -1,
    splitFrom: '',
  };
}

type Demotion = {
  readonly node: SpanNode;
  readonly index: number;
  readonly leaf: number;
  readonly changed: FoldListener['changed'];
};

/** An inference that only repeats the ones below it: its usage counts no second time, whether it was published or not. */
function demote(work: EngineWork, trace: Trace, { node, index, leaf, changed }: Demotion): void {
  node.role = 'aggregate';
  work.store.touchSpan(trace, index);
  if (node.open) {
    node.open = false;
    work.counts.move('open', 'ancestor', { tenant: trace.tenant, producer: node.producer });
  }
  if (node.call < 0) return;
  const call = callAt(trace, node.call);
  const { call: into } = nodeAt(trace, leaf);
  if (call.mergedInto >= 0 || into < 0 || into === node.call) return;
  call.mergedInto = into;
  changed(node.call, 'merged_into');
}
