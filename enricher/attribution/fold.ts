import type { ChangeReason } from '../../schemas/record-types.ts';
import type { Call, SpanNode, Trace } from '../trace-state.ts';
import { callAt, nodeAt } from '../trace-state.ts';
import { foldDecision, releaseDecisions, takeInStrays } from './decided.ts';
import { doubtedBy } from './doubled-tool.ts';
import { areOne, asksOf } from './forwarding.ts';
import { handoverScope } from './handovers.ts';
import { answers } from './same-request.ts';
import { doubledSiblings, roundsBeside } from './siblings.ts';
import { splitCall, survivor } from './split.ts';
import { foldLifecycle } from './lifecycle.ts';
import { sameToolCall } from './tool-call.ts';
import { hearersOf } from './voices.ts';
import type { Told } from './tool-span.ts';
import {
  foldTool,
  isToolsAlone,
  partDoubles,
  takeOff,
  toldTools,
  toolCallAbove,
} from './tool-span.ts';
import {
  ancestorsOf,
  callsBelow,
  hopsBelow,
  inferenceAbove,
  inferencesBelow,
  outwardOf,
} from './walk.ts';

/** What a fold changes is told to the caller, who decides when to publish. */
export interface FoldListener {
  newCall(node: SpanNode, index: number, kind: Call['kind']): number;
  /** A call has other hops now. */
  changed(call: number, reason: ChangeReason): void;
  /** A span belongs to another call now. */
  moved(index: number): void;
  /** A span above a call has come; `says` when the call learns something by it. */
  ancestorArrived(call: number, says: boolean): void;
  /** An inference proved to be no leaf: what lies below it carries the usage. */
  demoted(node: SpanNode, index: number, leaf: number): void;
  /** A tool's span is no call by itself any more: another tells of it. */
  released(node: SpanNode, index: number): void;
}

/**
 * Folds a span that was just added into the calls of its trace. Two hops are one call when one lies below the other, nothing but
 * context between them, and both are the same request (`same-request.ts`, `forwarding.ts`). Whether they are is a function of the spans
 * that are there, so the calls are the same in whatever order their spans come: a joint that a later span disproves is undone. A hop
 * of another request begins a call of its own, below the first. An agent's own span of a tool is a call where nothing else is (`tool-span.ts`).
 */
export function foldSpan(trace: Trace, index: number, listener: FoldListener): void {
  const node = nodeAt(trace, index);
  if (node.role === 'hop') foldHop(trace, index, listener);
  if (node.role === 'tool') foldTool(trace, index, listener);
  if (node.role === 'tool' || node.role === 'hop') {
    for (const call of doubtedBy(trace, index)) listener.changed(call, 'ancestor_arrived');
  }
  if (node.role === 'inference') foldInference(trace, index, listener);
  if (node.role === 'other' || node.role === 'decision') foldContext(trace, node, listener);
  if (node.role === 'decision') foldDecision(trace, index, listener);
  if (node.reading?.stage !== undefined) foldLifecycle(trace, index, listener);
  if (node.reading?.turn !== undefined) tellOfTurn(trace, node, listener);
  if (trace.handovers > 0) tellOfHandover(trace, node, listener);
  if (trace.voices > 0) {
    for (const call of hearersOf(trace, node)) listener.changed(call, 'ancestor_arrived');
  }
  for (const told of toldTools(trace, node)) foldTold(trace, told, listener);
  if (trace.decisions > 0 && node.role === 'hop') releaseDecisions(trace, index, listener);
  if (trace.strays !== null) takeInStrays(trace, listener);
  tellCallsBelow(trace, node, listener);
}

/** A tool's span of which another call tells is context of that one. */
function foldTold(trace: Trace, { tool, by }: Told, listener: FoldListener): void {
  const { call } = nodeAt(trace, tool);
  if (isToolsAlone(trace, call)) join(trace, call, by, listener);
  takeOff(trace, tool, listener);
}

function foldHop(trace: Trace, index: number, listener: FoldListener): void {
  const node = nodeAt(trace, index);
  const [first, ...rest] = jointsOf(trace, node, index);
  if (first === undefined) {
    node.call = listener.newCall(node, index, 'call');
  } else {
    // A call takes the hop in, rather than one being made for it and given up again.
    const call = callAt(trace, first);
    node.call = first;
    call.hops = [...call.hops, index];
    listener.changed(first, 'hop_arrived');
    for (const other of rest) join(trace, first, other, listener);
  }
  const outward = outwardOf(trace, node);
  reconsider(trace, outward, listener);
  // A side that answers may show by its name what the one that asked was asked for.
  if (outward >= 0 && answers(node)) joinOutward(trace, outward, listener);
  if (trace.toolCalls > 0) partDoubles(trace, index, listener);
  // A round that is no longer the next one, since this one lies between.
  if (roundsBeside(trace, index).length > 0) splitCall(trace, node.call, listener);
}

/** The calls that a new hop belongs to: more than one when it proves that they are one. */
function jointsOf(trace: Trace, node: SpanNode, index: number): readonly number[] {
  const joints: number[] = [];
  const add = (other: number): void => {
    const { call } = nodeAt(trace, other);
    if (other !== index && call >= 0 && !joints.includes(call)) joints.push(call);
  };
  for (const view of trace.byId.get(node.id) ?? []) {
    if (nodeAt(trace, view).role === 'hop') add(view);
  }
  const outward = outwardOf(trace, node);
  if (outward >= 0 && areOne(trace, outward, index)) add(outward);
  for (const sibling of doubledSiblings(trace, node)) add(sibling);
  for (const round of roundsBeside(trace, index)) add(round);
  for (const told of sameToolCall(trace, index)) add(told);
  for (const inner of hopsBelow(trace, node.id)) {
    // Below by a link, but with another way outward, is not below: the same as if the two had come the other way round.
    const outer = outwardOf(trace, nodeAt(trace, inner));
    const isBelow = outer >= 0 && nodeAt(trace, outer).id === node.id;
    if (isBelow && areOne(trace, index, inner)) add(inner);
  }
  return joints;
}

/** A span of no request: what lies below it may have found its way outward, and a hop above it what its server spoke to. */
function foldContext(trace: Trace, node: SpanNode, listener: FoldListener): void {
  const outers = new Set<number>();
  for (const inner of hopsBelow(trace, node.id)) {
    joinOutward(trace, inner, listener);
    outers.add(outwardOf(trace, nodeAt(trace, inner)));
  }
  for (const outer of outers) {
    reconsider(trace, outer, listener);
    if (outer >= 0) joinOutward(trace, outer, listener);
  }
  if (trace.inferences > 0) bridgeInferences(trace, node, listener);
  if (trace.backends > 0) {
    const above = callAbove(trace, node);
    if (above >= 0) listener.changed(above, 'link_arrived');
  }
}

/** The call of the request or of the tool right above a span; −1 for none. */
function callAbove(trace: Trace, node: SpanNode): number {
  const outward = outwardOf(trace, node);
  return outward >= 0 ? nodeAt(trace, outward).call : toolCallAbove(trace, node);
}

/** A person's turn that is told apart from the calls it led to is known to them by its id. */
function tellOfTurn(trace: Trace, node: SpanNode, listener: FoldListener): void {
  const promptId = node.reading?.promptId;
  if (promptId === undefined) return;
  for (const { call, role, reading } of trace.nodes) {
    if (call >= 0 && role === 'hop' && reading?.promptId === promptId) {
      listener.changed(call, 'ancestor_arrived');
    }
  }
}

/** An agent that hands over lies above what the one after it does, though beside it in the trace. */
function tellOfHandover(trace: Trace, node: SpanNode, listener: FoldListener): void {
  const scope = handoverScope(trace, node);
  if (scope === undefined || scope === '') return;
  for (const call of callsBelow(trace, scope)) listener.changed(call, 'ancestor_arrived');
}

function joinOutward(trace: Trace, index: number, listener: FoldListener): void {
  const node = nodeAt(trace, index);
  const outward = outwardOf(trace, node);
  if (outward < 0 || nodeAt(trace, outward).call === node.call) return;
  if (!areOne(trace, outward, index)) return;
  join(trace, nodeAt(trace, outward).call, node.call, listener);
}

/** A side that answers asks for one thing more: what it was taken to pass on may be a call of its own. */
function reconsider(trace: Trace, outer: number, listener: FoldListener): void {
  if (outer < 0 || !answers(nodeAt(trace, outer))) return;
  const { call } = nodeAt(trace, outer);
  const asked = asksOf(trace, outer);
  const isParted = (index: number) =>
    nodeAt(trace, index).call === call && !areOne(trace, outer, index);
  if (asked === undefined || asked.some(isParted)) splitCall(trace, call, listener);
}

/** One call out of two. The one that was published stays, else the one first seen. */
function join(trace: Trace, one: number, other: number, listener: FoldListener): void {
  const a = survivor(trace, one);
  const b = survivor(trace, other);
  if (a === b) return;
  const [kept, given] = order(trace, a, b);
  const winner = callAt(trace, kept);
  const loser = callAt(trace, given);
  for (const index of loser.hops) {
    nodeAt(trace, index).call = kept;
    listener.moved(index);
  }
  winner.hops = [...winner.hops, ...loser.hops];
  loser.mergedInto = kept;
  listener.changed(kept, 'hop_arrived');
  listener.changed(given, 'merged_into');
}

function order(trace: Trace, a: number, b: number): readonly [number, number] {
  const publishedA = callAt(trace, a).revision >= 0;
  const publishedB = callAt(trace, b).revision >= 0;
  if (publishedA !== publishedB) return publishedA ? [a, b] : [b, a];
  return a < b ? [a, b] : [b, a];
}

function foldInference(trace: Trace, index: number, listener: FoldListener): void {
  const node = nodeAt(trace, index);
  if (joinOtherView(trace, node, index, listener)) return;
  const below = inferencesBelow(trace, node.id);
  const leaf = below[0];
  if (leaf === undefined) node.call = listener.newCall(node, index, 'inference');
  else listener.demoted(node, index, leaf);
  demoteAbove(trace, node, leaf ?? index, listener);
}

/**
 * The same inference as another producer sent it, or as a gateway saw it that gave back the provider's answer of the same id: one more
 * view, whose usage counts no second time.
 */
function joinOtherView(
  trace: Trace,
  node: SpanNode,
  index: number,
  listener: FoldListener,
): boolean {
  const views = [...(trace.byId.get(node.id) ?? []), ...sameAnswer(trace, node)];
  const earlier = views.map((view) => nodeAt(trace, view)).find(({ call }) => call >= 0);
  if (!earlier || earlier === node || earlier.role === 'hop') return false;
  const call = callAt(trace, earlier.call);
  node.role = earlier.role;
  node.call = earlier.call;
  if (call.mergedInto < 0) {
    call.hops = [...call.hops, index];
    listener.changed(earlier.call, 'hop_arrived');
  }
  return true;
}

/** Views of the same answer, of which neither lies above the other: there the inner one is the leaf. */
function sameAnswer(trace: Trace, node: SpanNode): readonly number[] {
  const { responseId } = node.reading ?? {};
  const alike = responseId === undefined ? [] : (trace.byResponse?.get(responseId) ?? []);
  if (alike.length < 2) return [];
  return alike.slice(0, ANSWERS_MAX).filter((index) => {
    const other = nodeAt(trace, index);
    return inferenceAbove(trace, node) !== index && nodeAboveOf(trace, other) !== node;
  });
}

const ANSWERS_MAX = 8;

function nodeAboveOf(trace: Trace, node: SpanNode): SpanNode | null {
  const above = inferenceAbove(trace, node);
  return above < 0 ? null : nodeAt(trace, above);
}

function bridgeInferences(trace: Trace, node: SpanNode, listener: FoldListener): void {
  const leaf = inferencesBelow(trace, node.id)[0];
  if (leaf !== undefined) demoteAbove(trace, node, leaf, listener);
}

function demoteAbove(trace: Trace, node: SpanNode, leaf: number, listener: FoldListener): void {
  const above = inferenceAbove(trace, node);
  if (above >= 0) listener.demoted(nodeAt(trace, above), above, leaf);
}

/** Calls below inherit what the span says, and what is said above it, to which it is the bridge. */
function tellCallsBelow(trace: Trace, node: SpanNode, listener: FoldListener): void {
  if (!trace.below.has(node.id)) return;
  const calls = callsBelow(trace, node.id);
  if (calls.size === 0) return;
  const says =
    node.reading !== null || ancestorsOf(trace, node).some(({ reading }) => reading !== null);
  for (const call of calls) if (call !== node.call) listener.ancestorArrived(call, says);
}
