import type { SpanNode, Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';
import {
  asks,
  doubledSibling,
  forwardingSign,
  isNamedForServer,
  passesOn,
  sameRequest,
} from './same-request.ts';
import { byStart, failed, isNextRound, SIBLINGS_MAX } from './siblings.ts';
import { firstHopsBelow, outwardOf } from './walk.ts';

/**
 * Whether two hops are one call, `outer` being what lies outward of `inner`. A side that answers and asks once for the same passes the
 * request on; one that asks for several things works by itself, and what it asks for are calls of their own.
 */
export function areOne(trace: Trace, outer: number, inner: number): boolean {
  const above = nodeAt(trace, outer);
  const below = nodeAt(trace, inner);
  if (!isSame(trace, above, below)) return false;
  return !passesOn(above, below) || isPassedOn(trace, outer, inner);
}

function isSame(trace: Trace, above: SpanNode, below: SpanNode): boolean {
  return sameRequest(above, below) || (passesOn(above, below) && isRenamed(trace, above, below));
}

/** Whether a side that answers passes a request on without the name of the server in its tool's. */
export function isRenamed(trace: Trace, above: SpanNode, below: SpanNode): boolean {
  const inner = trace.below.has(below.id) ? firstHopsBelow(trace, below.id, SIBLINGS_MAX) : [];
  return (inner ?? []).some((index) => isNamedForServer(above, below, nodeAt(trace, index)));
}

/** What a side that answers asks for itself: hops right below it; undefined when they are more than any gateway's attempts. */
export function asksOf(trace: Trace, outer: number): readonly number[] | undefined {
  const { id, reading } = nodeAt(trace, outer);
  return firstHopsBelow(trace, id, SIBLINGS_MAX)?.filter((index) => {
    const node = nodeAt(trace, index);
    if (!asks(node) || node.reading?.method !== reading?.method) return false;
    const outward = outwardOf(trace, node);
    return outward >= 0 && nodeAt(trace, outward).id === id;
  });
}

function isPassedOn(trace: Trace, outer: number, inner: number): boolean {
  const asked = asksOf(trace, outer);
  if (asked === undefined) return false;
  if (asked.length < 2) return true;
  const above = nodeAt(trace, outer);
  const equal = asked.filter((index) => isSame(trace, above, nodeAt(trace, index)));
  if (equal.length < asked.length) {
    return equal.length === 1 && isForwarding(trace, above, nodeAt(trace, inner));
  }
  return areAttempts(trace, equal);
}

function isForwarding(trace: Trace, above: SpanNode, below: SpanNode): boolean {
  return forwardingSign(above, below) === 'for' || isRenamed(trace, above, below);
}

/** One after the other, each but the last failed or asked back; or the same attempt seen twice. */
function areAttempts(trace: Trace, indexes: readonly number[]): boolean {
  const attempts = indexes.map((index) => nodeAt(trace, index)).toSorted(byStart);
  return attempts.every((attempt, at) => {
    const next = attempts[at + 1];
    if (next === undefined || doubledSibling(attempt, next) || isNextRound(attempt, next)) {
      return true;
    }
    const { endTimeUs } = attempt.reading ?? { endTimeUs: 0 };
    return failed(attempt) && endTimeUs <= (next.reading?.startTimeUs ?? 0);
  });
}
