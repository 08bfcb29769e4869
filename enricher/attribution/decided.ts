import type { SpanNode, Trace } from '../trace-state.ts';
import { callAt, nodeAt } from '../trace-state.ts';
import type { FoldListener } from './fold.ts';
import { toolCallAbove } from './tool-span.ts';
import {
  decisionsBelow,
  firstHopsBelow,
  hopsBelow,
  inferenceAbove,
  nextAbove,
  outwardOf,
} from './walk.ts';

/**
 * What was decided is told with the call that it is about: the one that it names by the model's id of the tool call, or lies below; the one that the
 * agent's tool span right above both tells of; an inference above it; or the one request beside it in what a gateway was asked over HTTP. Where there
 * is none, by itself, until its call comes: then that record is merged into the call's. What an agent asked about a tool of its own is no record.
 */
export function foldDecision(trace: Trace, index: number, listener: FoldListener): void {
  const node = nodeAt(trace, index);
  const told = callDecidedOn(trace, node);
  if (told >= 0) listener.changed(told, 'decision_arrived');
  else if (node.reading?.decisionKind !== 'approval' || node.reading.toolType !== 'own') {
    node.call = listener.newCall(node, index, 'lifecycle');
    (trace.strays ??= []).push(index);
  }
}

/** Decisions that were told by themselves and prove to be about a call. */
export function takeInStrays(trace: Trace, listener: FoldListener): void {
  for (const index of trace.strays?.slice(-STRAYS_MAX) ?? []) {
    const node = nodeAt(trace, index);
    const own = callAt(trace, node.call);
    if (own.mergedInto >= 0) continue;
    const told = callDecidedOn(trace, node);
    if (told < 0) continue;
    own.mergedInto = told;
    listener.changed(node.call, 'merged_into');
    listener.changed(told, 'decision_arrived');
  }
}

/** Decisions beside what was one request and, with a new hop, proves to be two: of which they tell is not known any more, so they are told by themselves again. */
export function releaseDecisions(trace: Trace, index: number, listener: FoldListener): void {
  const around = requestAround(trace, nodeAt(trace, index));
  if (around === '' || firstHopsBelow(trace, around, 2)?.length !== 2) return;
  const released = decisionsBelow(trace, around)
    .slice(0, FOUND_MAX)
    .filter((decision) => isReleased(trace, decision));
  if (released.length === 0) return;
  for (const decision of released) release(trace, decision, listener);
  for (const hop of hopsBelow(trace, around)) {
    const { call } = nodeAt(trace, hop);
    if (hop !== index && call >= 0) listener.changed(call, 'decision_arrived');
  }
}

function isReleased(trace: Trace, index: number): boolean {
  const node = nodeAt(trace, index);
  const isTold = node.call < 0 || callAt(trace, node.call).mergedInto >= 0;
  return isTold && callDecidedOn(trace, node) < 0;
}

function release(trace: Trace, index: number, listener: FoldListener): void {
  const { call } = nodeAt(trace, index);
  if (call < 0) return foldDecision(trace, index, listener);
  const own = callAt(trace, call);
  const origin = callAt(trace, own.mergedInto);
  if (origin.revision >= 0) own.splitFrom = origin.callId;
  own.mergedInto = -1;
  listener.changed(call, 'split_from');
}

// Of more, the last are those whose call may still come.
const STRAYS_MAX = 64;

/** The call that a decision is about; −1 where none is known. */
export function callDecidedOn(trace: Trace, node: SpanNode): number {
  const named = callOfToolCall(trace, node.reading?.toolCallId);
  if (named >= 0) return named;
  const outward = outwardOf(trace, node);
  if (outward >= 0) return nodeAt(trace, outward).call;
  const alone = toolCallAbove(trace, node);
  if (alone >= 0) return alone;
  for (const above of nextAbove(trace, node)) {
    const { id, role } = nodeAt(trace, above);
    if (role === 'tool') return callOf(trace, hopsBelow(trace, id)[0]);
  }
  const inference = inferenceAbove(trace, node);
  if (inference >= 0) return nodeAt(trace, inference).call;
  return callBeside(trace, node);
}

/** Decisions about a call that do not lie below one of its hops. */
export function decisionsAround(
  trace: Trace,
  hops: readonly SpanNode[],
  tool: SpanNode | undefined,
): readonly SpanNode[] {
  const [first] = hops;
  if (first === undefined) return [];
  const found = new Set<number>();
  const add = (indexes: readonly number[]): void => {
    for (const index of indexes.slice(0, FOUND_MAX)) found.add(index);
  };
  for (const { reading } of [...hops, ...(tool ? [tool] : [])]) {
    const id = reading?.toolCallId;
    if (id !== undefined) add(trace.decidedCalls?.get(id) ?? []);
  }
  if (tool) add(decisionsBelow(trace, tool.id));
  add(decisionsBelow(trace, requestAround(trace, first)));
  return [...found]
    .map((index) => nodeAt(trace, index))
    .filter((node) => callDecidedOn(trace, node) === first.call);
}

const FOUND_MAX = 64;

function callOfToolCall(trace: Trace, id: string | undefined): number {
  if (id === undefined) return -1;
  for (const index of (trace.byToolCall?.get(id) ?? []).slice(0, FOUND_MAX)) {
    const acting = nodeAt(trace, index);
    if (acting.call >= 0) return acting.call;
    const below = callOf(trace, hopsBelow(trace, acting.id)[0]);
    if (below >= 0) return below;
  }
  return -1;
}

function callOf(trace: Trace, index: number | undefined): number {
  return index === undefined ? -1 : nodeAt(trace, index).call;
}

/** A gateway checks tokens and limits in steps beside the request that it is about, below what HTTP brought. */
function callBeside(trace: Trace, node: SpanNode): number {
  const around = requestAround(trace, node);
  if (around === '') return -1;
  const hops = firstHopsBelow(trace, around, 1);
  return hops?.length === 1 ? callOf(trace, hops[0]) : -1;
}

/** The outermost of the spans of context right above: what a gateway was asked over HTTP, say. Empty for none. */
function requestAround(trace: Trace, node: SpanNode): string {
  let outermost = '';
  let id = node.parent;
  for (let step = 0; step < STEPS_MAX && id !== ''; step += 1) {
    const [index] = trace.byId.get(id) ?? [];
    if (index === undefined) break;
    const above = nodeAt(trace, index);
    if (above.role !== 'other' || above.reading?.isLog === true) break;
    outermost = above.id;
    id = above.parent;
  }
  return outermost;
}

const STEPS_MAX = 16;
