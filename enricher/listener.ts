import type { FoldListener } from './attribution/fold.ts';
import { hopsBelow } from './attribution/walk.ts';
import { callIdOf } from './call-id.ts';
import type { EngineWork } from './engine.ts';
import type { Call, SpanNode, Trace } from './trace-state.ts';
import { callAt, nodeAt } from './trace-state.ts';

/** Where news comes from, and the calls of the trace of which it says something. */
export type NewsAt = {
  readonly at: { readonly offset: number; readonly appendTimeMs: number };
  readonly touched: Set<number>;
};

/** What folding changes in a trace: who is told of it, and what becomes due. */
export function listenerFor(work: EngineWork, trace: Trace, news: NewsAt): FoldListener {
  const { touched } = news;
  const { offset, appendTimeMs } = news.at;
  const changed: FoldListener['changed'] = (index, reason) => {
    const call = callAt(trace, index);
    touched.add(index);
    // Of a call that proved to be another there is nothing more to say.
    if ((call.mergedInto >= 0 || call.takenInto !== '') && reason !== 'merged_into') return;
    call.lastMs = appendTimeMs;
    call.lastOffset = offset;
    // A new hop is the greater news, whatever else comes before it is told.
    if (call.dirtyMs === 0 || reason !== 'ancestor_arrived') call.change = reason;
    if (call.dirtyMs === 0) call.dirtyMs = appendTimeMs;
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
      // A span that says nothing changes no record but one that doubts for the want of it alone; and it may be what a call waited for.
      const { published } = callAt(trace, index);
      const isDoubted =
        published?.facts.missing.length === 0 && published.facts.flags.includes('ancestor_missing');
      if (says || isDoubted) changed(index, 'ancestor_arrived');
      else touched.add(index);
    },
    released: (node, index) => release(work, trace, node, index),
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
    takenInto: '',
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
  release(work, trace, node, index);
  if (node.call < 0) return;
  const call = callAt(trace, node.call);
  const { call: into } = nodeAt(trace, leaf);
  if (call.mergedInto >= 0 || into < 0 || into === node.call) return;
  call.mergedInto = into;
  changed(node.call, 'merged_into');
}

/** A span that was taken for more than context. Once it was published it stays counted as what it was taken for. */
function release(work: EngineWork, trace: Trace, node: SpanNode, index: number): void {
  work.store.touchSpan(trace, index);
  // Of what stood beside the call that tells of it nobody asks any more; what stands right above may know alone what was asked.
  if (node.role === 'tool' && hopsBelow(trace, node.id).length === 0) {
    work.store.payloads.drop(trace, node);
  }
  if (!node.open) return;
  node.open = false;
  work.counts.move('open', 'ancestor', { tenant: trace.tenant, producer: node.producer });
}
