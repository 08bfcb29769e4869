import type { Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';

/**
 * Hops that tell of the same tool call of the model, of which one at least is a log record. Between spans the id proves nothing: one
 * tool call can be several requests, each with spans of its own.
 */
export function sameToolCall(trace: Trace, index: number): readonly number[] {
  const { reading } = nodeAt(trace, index);
  if (trace.logs === 0 || reading?.toolCallId === undefined) return none;
  const alike = (trace.byToolCall.get(reading.toolCallId) ?? none).slice(0, ALIKE_MAX);
  return alike.filter((other) => {
    const { reading: said } = nodeAt(trace, other);
    return other !== index && (reading.isLog === true || said?.isLog === true);
  });
}

const none: readonly number[] = [];
const ALIKE_MAX = 64;
