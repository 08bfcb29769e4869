import type { SpanNode, Trace } from '../trace-state.ts';
import { nodeAt, requestKey } from '../trace-state.ts';
import {
  answers,
  asks,
  doubledSibling,
  perhapsDoubled,
  readingOf,
  sameRequest,
} from './same-request.ts';

// Up to here siblings are looked through one by one; beyond, those of one request id are looked up.
const FEW = 16;
// Of more siblings of one request id, or of one request, nobody can tell which are one: they stay apart.
export const SIBLINGS_MAX = 64;

/** Hops beside this one, by the same parent, that are the same request seen by another instrumentation. */
export function doubledSiblings(trace: Trace, node: SpanNode): readonly number[] {
  if (node.parent === '' || readingOf(node).jsonrpcId === undefined) return none;
  const beside = trace.below.get(node.parent) ?? none;
  if (beside.length < 2) return none;
  const candidates = beside.length <= FEW ? beside : sameIdBeside(trace, node);
  return candidates.filter((index) => {
    const sibling = nodeAt(trace, index);
    return isBeside(sibling, node) && doubledSibling(sibling, node);
  });
}

/**
 * The rounds before and after one: under one parent, a request that was asked back for input and the next like it are one call
 * (MCP's multi round-trip requests); only the last of them executes.
 */
export function roundsBeside(trace: Trace, index: number): readonly number[] {
  const node = nodeAt(trace, index);
  if (trace.rounds === 0 || answers(node) || node.parent === '') return none;
  const rounds = equalsBeside(trace, node);
  rounds.sort((a, b) => byStart(nodeAt(trace, a), nodeAt(trace, b)));
  const at = rounds.indexOf(index);
  const found: number[] = [];
  const before = rounds[at - 1];
  const after = rounds[at + 1];
  if (before !== undefined && isNextRound(nodeAt(trace, before), node)) found.push(before);
  if (after !== undefined && isNextRound(node, nodeAt(trace, after))) found.push(after);
  return found;
}

/** True when another instrumentation may have sent the same request under another name for it: nobody can tell. */
export function mayBeDoubled(trace: Trace, node: SpanNode): boolean {
  return fewBeside(trace, node).some((sibling) => perhapsDoubled(sibling, node));
}

/** True when an equal request with the same arguments came before it and failed, or was answered by nobody: it may have run twice. */
export function mayBeReissued(trace: Trace, node: SpanNode): boolean {
  if (node.asked === 0) return false;
  return fewBeside(trace, node).some(
    (sibling) =>
      sibling.asked === node.asked &&
      sibling.call !== node.call &&
      readingOf(sibling).endTimeUs <= readingOf(node).startTimeUs &&
      failed(sibling) &&
      sameRequest(sibling, node),
  );
}

export function failed({ reading }: SpanNode): boolean {
  return reading?.status === 'error' || reading?.errorType !== undefined;
}

/** Which of two siblings began first; by id where the clock does not tell. */
export function byStart(a: SpanNode, b: SpanNode): number {
  return readingOf(a).startTimeUs - readingOf(b).startTimeUs || (a.id < b.id ? -1 : 1);
}

const none: readonly number[] = [];

function sameIdBeside(trace: Trace, node: SpanNode): readonly number[] {
  if (trace.requests === null) {
    trace.requests = new Map();
    for (const [index, each] of trace.nodes.entries()) {
      const key = requestKey(each);
      const list = trace.requests.get(key);
      if (list) list.push(index);
      else trace.requests.set(key, [index]);
    }
  }
  return (trace.requests.get(requestKey(node)) ?? none).slice(0, SIBLINGS_MAX);
}

function fewBeside(trace: Trace, node: SpanNode): readonly SpanNode[] {
  const beside = trace.below.get(node.parent) ?? none;
  if (node.parent === '' || beside.length < 2 || beside.length > SIBLINGS_MAX) return [];
  return beside.map((index) => nodeAt(trace, index)).filter((other) => isBeside(other, node));
}

function isBeside(sibling: SpanNode, node: SpanNode): boolean {
  return sibling !== node && sibling.role === 'hop' && sibling.parent === node.parent;
}

function equalsBeside(trace: Trace, node: SpanNode): number[] {
  const beside = trace.below.get(node.parent) ?? none;
  if (beside.length > SIBLINGS_MAX) return [];
  return beside.filter((index) => {
    const other = nodeAt(trace, index);
    if (other === node) return true;
    return isBeside(other, node) && asks(other) && sameRequest(other, node);
  });
}

export function isNextRound(one: SpanNode, next: SpanNode): boolean {
  const { resultType, endTimeUs } = readingOf(one);
  return resultType === 'input_required' && endTimeUs <= readingOf(next).startTimeUs;
}
