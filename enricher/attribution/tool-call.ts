import type { SpanNode, Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';
import { compareNames } from './same-request.ts';

/**
 * Hops that tell of the same tool call of the model, of which one at least is a log record: by the call's id, or, where the record has
 * none, because both were written in the same span and there is one such tool alone. Between spans the id proves nothing: one tool call
 * can be several requests, each with spans of its own.
 */
export function sameToolCall(trace: Trace, index: number): readonly number[] {
  if (trace.logs === 0) return none;
  const node = nodeAt(trace, index);
  const { toolCallId } = node.reading ?? {};
  const byId = toolCallId === undefined ? none : (trace.byToolCall.get(toolCallId) ?? none);
  const alike = byId.slice(0, ALIKE_MAX).filter((other) => {
    const { reading } = nodeAt(trace, other);
    return other !== index && (node.reading?.isLog === true || reading?.isLog === true);
  });
  return [...alike, ...besideInSpan(trace, node)];
}

const none: readonly number[] = [];
const ALIKE_MAX = 64;

function besideInSpan(trace: Trace, node: SpanNode): readonly number[] {
  const beside = node.parent === '' ? none : (trace.below.get(node.parent) ?? none);
  if (beside.length < 2 || beside.length > ALIKE_MAX) return none;
  if (isUnnumberedLog(node)) {
    const spans = beside.filter((index) => tellsOf(node, nodeAt(trace, index)));
    return spans.length === 1 ? spans : none;
  }
  return beside.filter((index) => {
    const log = nodeAt(trace, index);
    return isUnnumberedLog(log) && tellsOf(log, node);
  });
}

function isUnnumberedLog({ role, reading }: SpanNode): boolean {
  return role === 'hop' && reading?.isLog === true && reading.toolCallId === undefined;
}

function tellsOf(log: SpanNode, span: SpanNode): boolean {
  if (span.role !== 'hop' || span.reading?.isLog === true) return false;
  const named = compareNames(span.reading?.tool, log.reading?.tool);
  return log.reading?.tool !== undefined && named !== 'other';
}
