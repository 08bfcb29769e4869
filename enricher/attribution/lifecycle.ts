import type { Trace } from '../trace-state.ts';
import { callAt, nodeAt } from '../trace-state.ts';
import type { FoldListener } from './fold.ts';

/**
 * Puts a span that shows a stage of MCP use (a connection, a list of tools) into the lifecycle record of its trace, stage and method: one
 * record, however many spans and requests show it. Beyond {@link SHOWN_MAX} nothing new is said.
 */
export function foldLifecycle(trace: Trace, index: number, listener: FoldListener): void {
  const node = nodeAt(trace, index);
  if (node.role !== 'housekeeping') return;
  const shown = trace.calls.findIndex(({ kind, hops }) => {
    const first = nodeAt(trace, hops[0] ?? -1).reading;
    return kind === 'lifecycle' && first?.method === node.reading?.method;
  });
  if (shown < 0) {
    node.call = listener.newCall(node, index, 'lifecycle');
    return;
  }
  const call = callAt(trace, shown);
  if (call.hops.length >= SHOWN_MAX) return;
  node.call = shown;
  call.hops = [...call.hops, index];
  listener.changed(shown, 'hop_arrived');
}

const SHOWN_MAX = 8;
