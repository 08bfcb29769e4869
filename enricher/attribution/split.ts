import type { Trace } from '../trace-state.ts';
import { callAt, nodeAt } from '../trace-state.ts';
import type { FoldListener } from './fold.ts';
import { areOne } from './forwarding.ts';
import { doubledSiblings, roundsBeside } from './siblings.ts';
import { sameToolCall } from './tool-call.ts';
import { outwardOf } from './walk.ts';

/**
 * Parts a call whose hops prove not to be one request. The part with the span that the call was named by stays the call; of the others
 * each becomes again the call that was taken in with it, else a new one.
 */
export function splitCall(trace: Trace, index: number, listener: FoldListener): void {
  const call = callAt(trace, index);
  if (call.kind !== 'call' || call.hops.length < 2) return;
  const [kept, ...others] = partsOf(trace, index);
  if (kept === undefined || others.length === 0) return;
  call.hops = kept;
  for (const part of others) partFrom(trace, { from: index, part, listener });
  listener.changed(index, 'hop_arrived');
}

/** The call that a call proved to be, or itself. */
export function survivor(trace: Trace, index: number): number {
  let at = index;
  for (let next = callAt(trace, at).mergedInto; next >= 0; next = callAt(trace, at).mergedInto) {
    at = next;
  }
  return at;
}

/** The hops of a call by which of them are one, that of its first hop first, the others by their first. */
function partsOf(trace: Trace, index: number): readonly number[][] {
  const { hops } = callAt(trace, index);
  const partOf = new Map<number, number[]>(hops.map((hop) => [hop, [hop]]));
  const unite = (one: number, other: number): void => {
    const a = partOf.get(one);
    const b = partOf.get(other);
    if (!a || !b || a === b) return;
    a.push(...b);
    for (const hop of b) partOf.set(hop, a);
  };
  for (const hop of hops) for (const other of jointsOf(trace, hop)) unite(hop, other);
  return [...new Set(partOf.values())];
}

/** Hops outward of and beside a hop that are the same request; those inward of it have it outward. */
function jointsOf(trace: Trace, index: number): readonly number[] {
  const node = nodeAt(trace, index);
  const outward = outwardOf(trace, node);
  const joints = [
    ...(trace.byId.get(node.id) ?? []),
    ...doubledSiblings(trace, node),
    ...roundsBeside(trace, index),
    ...sameToolCall(trace, index),
  ];
  if (outward >= 0 && areOne(trace, outward, index)) joints.push(outward);
  return joints;
}

type Part = {
  readonly from: number;
  readonly part: readonly number[];
  readonly listener: FoldListener;
};

function partFrom(trace: Trace, { from, part, listener }: Part): void {
  const origin = callAt(trace, from);
  const [first = -1] = part;
  const into =
    takenInWith(trace, from, part) ?? listener.newCall(nodeAt(trace, first), first, 'call');
  const call = callAt(trace, into);
  call.mergedInto = -1;
  call.hops = part;
  if (origin.revision >= 0) call.splitFrom = origin.callId;
  for (const hop of part) {
    nodeAt(trace, hop).call = into;
    listener.moved(hop);
  }
  listener.changed(into, 'split_from');
}

/** The call that was named by a span of the part, and has proved to be the one that is now parted. */
function takenInWith(trace: Trace, from: number, part: readonly number[]): number | undefined {
  for (const [index, { mergedInto, kind, hops }] of trace.calls.entries()) {
    if (mergedInto < 0 || kind !== 'call' || survivor(trace, index) !== from) continue;
    if (part.includes(hops[0] ?? -1)) return index;
  }
  return undefined;
}
