import type { SpanNode, Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';
import { doubledTool } from './doubled-tool.ts';
import { compareNames } from './same-request.ts';

/**
 * Hops that tell of the same tool call of the model, of which one at least is a log record: by the call's id, or, where the record has
 * none, because both were written in the same span and there is one such tool alone. Between requests' spans the id proves nothing: one
 * tool call can be several requests, each with spans of its own. An agent's own span of the tool is one with what lies beside it.
 */
export function sameToolCall(trace: Trace, index: number): readonly number[] {
  const beside = trace.toolCalls === 0 ? none : toolsBeside(trace, index);
  if (trace.logs === 0) return beside;
  const node = nodeAt(trace, index);
  const alike = ofToolCall(trace, node).filter((other) => {
    const { role, reading } = nodeAt(trace, other);
    return (
      other !== index && role === 'hop' && (node.reading?.isLog === true || reading?.isLog === true)
    );
  });
  return [...beside, ...alike, ...besideInSpan(trace, node)];
}

/**
 * Spans that tell of the same tool call as this one, of which one at least is an agent's own span of the tool: views of the same span,
 * those of the same tool and tool call at the same time, and what another instrumentation sent beside it (`doubled-tool.ts`).
 */
export function toolsBeside(trace: Trace, index: number): readonly number[] {
  const node = nodeAt(trace, index);
  const views = trace.byId.get(node.id) ?? none;
  const alike = ofToolCall(trace, node).filter((other) => atOnce(node, nodeAt(trace, other)));
  const doubled = doubledTool(trace, index);
  if (views.length < 2 && alike.length < 2) return doubled;
  const isEither = (other: number) => {
    const { role } = nodeAt(trace, other);
    return other !== index && (role === 'tool' || (role === 'hop' && node.role === 'tool'));
  };
  return [...new Set([...views, ...alike, ...doubled])].filter(isEither);
}

function ofToolCall(trace: Trace, { reading }: SpanNode): readonly number[] {
  const id = reading?.toolCallId;
  return id === undefined ? none : (trace.byToolCall?.get(id) ?? none).slice(0, ALIKE_MAX);
}

/** A log record is written when the tool is done, by another clock maybe. */
function atOnce({ reading: one }: SpanNode, { reading: other }: SpanNode): boolean {
  if (!one || !other || compareNames(one.tool, other.tool) === 'other') return false;
  if (one.isLog === true || other.isLog === true) return true;
  return one.startTimeUs <= other.endTimeUs && other.startTimeUs <= one.endTimeUs;
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
