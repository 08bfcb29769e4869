import type { SpanNode, Trace } from '../trace-state.ts';
import { callAt, nodeAt } from '../trace-state.ts';
import type { FoldListener } from './fold.ts';
import { compareNames } from './same-request.ts';
import { splitCall } from './split.ts';
import { doublesBeside } from './doubled-tool.ts';
import { toolsBeside } from './tool-call.ts';
import { ancestorsOf, callsBelow, hopAbove, nextAbove } from './walk.ts';

/**
 * An agent's own span of a tool is a call where nothing else tells of one: no call lies below it, and none for the same tool right above
 * it. What comes later may tell of it: then it is context of that call, which keeps the id of the one that was published. A log record of
 * a tool is no call: whether a span tells of the same is not known.
 */
export function foldTool(trace: Trace, index: number, listener: FoldListener): void {
  const node = nodeAt(trace, index);
  if (node.reading?.isLog === true || toldBy(trace, index) >= 0) return;
  const beside = toolsBeside(trace, index).map((other) => nodeAt(trace, other).call);
  const into = beside.find((call) => call >= 0);
  if (into === undefined) {
    node.call = listener.newCall(node, index, 'call');
  } else {
    const call = callAt(trace, into);
    node.call = into;
    call.hops = [...call.hops, index];
    listener.changed(into, 'hop_arrived');
  }
  trace.toolCalls += 1;
  partDoubles(trace, index, listener);
}

/** Two that were taken for one use of a tool may be two, now that there is a third like them. */
export function partDoubles(trace: Trace, index: number, listener: FoldListener): void {
  const doubles = doublesBeside(trace, index);
  if (
    doubles.length < 2 &&
    (doubles[0] === undefined || doublesBeside(trace, doubles[0]).length < 2)
  ) {
    return;
  }
  const calls = [index, ...doubles].map((each) => nodeAt(trace, each).call);
  for (const call of new Set(calls)) if (call >= 0) splitCall(trace, call, listener);
}

/** A call of an agent's own span of a tool, and the call that tells of the same. */
export type Told = { readonly tool: number; readonly by: number };

/** The tool spans that were calls by themselves until this span came: it tells of them, or is the bridge to what does. */
export function toldTools(trace: Trace, node: SpanNode): readonly Told[] {
  if (trace.toolCalls === 0) return none;
  return suspects(trace, node).flatMap((tool) => {
    const by = toldBy(trace, tool);
    return by < 0 ? none : [{ tool, by }];
  });
}

const none: readonly Told[] = [];

/** Takes a tool span off its call. The call itself goes on, or was joined to the one that tells of it. */
export function takeOff(trace: Trace, index: number, listener: FoldListener): void {
  const node = nodeAt(trace, index);
  const call = callAt(trace, node.call);
  call.hops = call.hops.filter((hop) => hop !== index);
  listener.changed(node.call, 'hop_arrived');
  listener.released(node, index);
  node.call = -1;
  trace.toolCalls -= 1;
}

/** Whether a call consists of agents' own spans of a tool. */
export function isToolsAlone(trace: Trace, call: number): boolean {
  return callAt(trace, call).hops.every((hop) => nodeAt(trace, hop).role === 'tool');
}

/** The call of the tool span right above, where that is one by itself; −1 for none. */
export function toolCallAbove(trace: Trace, node: SpanNode): number {
  const above = nextAbove(trace, node).find((view) => isToolCall(trace, view));
  return above === undefined ? -1 : nodeAt(trace, above).call;
}

function isToolCall(trace: Trace, index: number): boolean {
  const { role, call } = nodeAt(trace, index);
  return role === 'tool' && call >= 0;
}

/** Tool spans that are calls by themselves above a span, at it, and below it, with those beside them. */
function suspects(trace: Trace, node: SpanNode): readonly number[] {
  const found = new Set<number>();
  const add = (index: number): void => {
    if (!isToolCall(trace, index) || found.has(index)) return;
    found.add(index);
    for (const other of toolsBeside(trace, index)) add(other);
  };
  const at = trace.byId.get(node.id) ?? [];
  const above = ancestorsOf(trace, node).flatMap(({ id }) => trace.byId.get(id) ?? []);
  const below = [...callsBelow(trace, node.id)].flatMap((call) => callAt(trace, call).hops);
  for (const index of [...at, ...above, ...below]) add(index);
  return [...found];
}

/** The call that tells of a tool span, or of one beside it that is the same tool call; −1 for none. */
export function toldBy(trace: Trace, index: number): number {
  for (const each of [index, ...toolsBeside(trace, index)]) {
    const node = nodeAt(trace, each);
    if (node.role !== 'tool') continue;
    const below = [...callsBelow(trace, node.id)].find(
      (call) => callAt(trace, call).kind === 'call',
    );
    const told = below ?? toldAbove(trace, node);
    if (told >= 0) return told;
  }
  return -1;
}

/** The request right above a tool span that is for the same tool: the server's own framework tells of what it was asked. */
function toldAbove(trace: Trace, node: SpanNode): number {
  const above = hopAbove(trace, node);
  if (above < 0) return -1;
  const { reading, call } = nodeAt(trace, above);
  const isSame = compareNames(reading?.tool, node.reading?.tool) !== 'other';
  return reading?.method === 'tools/call' && isSame ? call : -1;
}
