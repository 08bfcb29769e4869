import type { SpanNode, Trace } from '../trace-state.ts';
import { callAt, nodeAt } from '../trace-state.ts';
import type { FoldListener } from './fold.ts';

/**
 * Puts a span that shows a stage of MCP use (a connection, a list of tools) into the lifecycle record of its trace, stage and method: one
 * record, however many spans and requests show it, and one for each server that is named: an aggregator asks all of its own. Beyond {@link SHOWN_MAX} nothing new is said.
 */
export function foldLifecycle(trace: Trace, index: number, listener: FoldListener): void {
  const node = nodeAt(trace, index);
  if (node.role !== 'housekeeping') return;
  const shown = shownAs(trace, node);
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

/** The lifecycle record that a span belongs to; −1 for none yet. Beyond {@link SERVERS_MAX} servers all go into one. */
function shownAs(trace: Trace, { reading }: SpanNode): number {
  const ofMethod: number[] = [];
  for (const [index, { kind, hops }] of trace.calls.entries()) {
    if (kind !== 'lifecycle') continue;
    const shows = hops.map((hop) => nodeAt(trace, hop).reading);
    if (shows[0]?.method !== reading?.method) continue;
    const server = shows.find((each) => each?.server !== undefined)?.server;
    const isAnother = server !== undefined && reading?.server !== undefined;
    if (!isAnother || server === reading.server) return index;
    ofMethod.push(index);
  }
  return ofMethod.length < SERVERS_MAX ? -1 : (ofMethod[0] ?? -1);
}

const SERVERS_MAX = 64;
