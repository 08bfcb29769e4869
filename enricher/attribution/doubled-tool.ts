import type { SpanNode, Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';
import { asks, compareNames } from './same-request.ts';

/**
 * Two instrumentations of one agent, side by side, tell of one use of a tool, and the model's id of the tool call is wanting: the same parent, the
 * same tool and arguments, from different scopes, one within the other's time, and no third that either could mean. What speaks less clearly
 * stays apart, and says so (`mayBeDoubledTool`).
 */
export function doubledTool(trace: Trace, index: number): readonly number[] {
  const found = alikeBeside(trace, index, isDoubled);
  const [other] = found;
  if (other === undefined || found.length > 1) return none;
  return alikeBeside(trace, other, isDoubled).length === 1 ? found : none;
}

/** Spans beside one that would be its double were they alone: what another's coming may part. */
export function doublesBeside(trace: Trace, index: number): readonly number[] {
  return alikeBeside(trace, index, isDoubled);
}

/** True when another instrumentation may have told of the same use of a tool as another call: nobody can tell. */
export function mayBeDoubledTool(trace: Trace, node: SpanNode): boolean {
  if (trace.toolCalls === 0) return false;
  const [index] = trace.byId.get(node.id) ?? none;
  if (index === undefined) return false;
  return alikeBeside(trace, index, isPerhapsDoubled).some(
    (other) => nodeAt(trace, other).call !== node.call,
  );
}

/** Calls of spans beside a new one that may be the same use of a tool: of them, too, nobody can tell any more. */
export function doubtedBy(trace: Trace, index: number): readonly number[] {
  if (trace.toolCalls === 0) return none;
  const beside = alikeBeside(trace, index, isPerhapsDoubled);
  return beside.map((other) => nodeAt(trace, other).call).filter((call) => call >= 0);
}

const none: readonly number[] = [];
/** Of more siblings nobody can tell which are one. */
const ALIKE_MAX = 64;

function alikeBeside(
  trace: Trace,
  index: number,
  isAlike: (one: SpanNode, other: SpanNode) => boolean,
): readonly number[] {
  const node = nodeAt(trace, index);
  const beside = node.parent === '' ? none : (trace.below.get(node.parent) ?? none);
  if (beside.length < 2 || beside.length > ALIKE_MAX) return none;
  return beside.filter((each) => {
    const other = nodeAt(trace, each);
    return other !== node && other.parent === node.parent && isAlike(node, other);
  });
}

function isDoubled(one: SpanNode, other: SpanNode): boolean {
  const isSame = one.asked !== 0 && one.asked === other.asked;
  return isSame && isPerhapsDoubled(one, other) && (isWithin(one, other) || isWithin(other, one));
}

function isPerhapsDoubled(one: SpanNode, other: SpanNode): boolean {
  if (!areOfTool(one, other) || isOtherwiseAsked(one, other)) return false;
  const [a, b] = [one.reading, other.reading];
  if (!a || !b || a.isLog === true || b.isLog === true || a.scope === b.scope) return false;
  if (a.toolCallId !== undefined && b.toolCallId !== undefined) return false;
  if (a.tool === undefined || b.tool === undefined) return false;
  const isNamed =
    compareNames(a.tool, b.tool) !== 'other' || compareNames(b.tool, a.tool) !== 'other';
  return isNamed && a.startTimeUs <= b.endTimeUs && b.startTimeUs <= a.endTimeUs;
}

/** One at least an agent's own span of a tool; the other the same, or the side of a request that asks. */
function areOfTool(one: SpanNode, other: SpanNode): boolean {
  const isTool = one.role === 'tool' || other.role === 'tool';
  return (
    isTool &&
    [one, other].every((each) => each.role === 'tool' || (each.role === 'hop' && asks(each)))
  );
}

function isOtherwiseAsked(one: SpanNode, other: SpanNode): boolean {
  return one.asked !== 0 && other.asked !== 0 && one.asked !== other.asked;
}

function isWithin({ reading: inner }: SpanNode, { reading: outer }: SpanNode): boolean {
  if (!inner || !outer) return false;
  return inner.startTimeUs >= outer.startTimeUs && inner.endTimeUs <= outer.endTimeUs;
}
