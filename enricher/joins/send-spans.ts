import { ancestorsOf } from '../attribution/walk.ts';
import type { PayloadSpill } from '../payload-spill.ts';
import type { SpanNode, Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';
import type { JoinedNode, OutgoingJoin } from './join-message.ts';
import { encodeSpans } from './join-message.ts';

/**
 * What a span's coming lets us send to another trace: a span that nothing but context lies above and that links to one other trace was
 * caused there (a proxy that begins a trace of its own, a worker that takes up what was submitted, an agent that another asked). It, what
 * lies below it and what lies above it belong to the call there; that trace's owner folds them.
 */
export function spansToSend(
  trace: Trace,
  index: number,
  payloadOf: PayloadSpill['read'],
): readonly OutgoingJoin[] {
  if (trace.outsiders === 0) return [];
  const sendings = new Map<SpanNode, SpanNode[]>();
  for (const each of [index, ...indexesBelow(trace, nodeAt(trace, index).id)]) {
    const node = nodeAt(trace, each);
    const outsider = node.sent ? undefined : outsiderAbove(trace, node);
    if (!outsider) continue;
    node.sent = true;
    const nodes = sendings.get(outsider) ?? [];
    nodes.push(node);
    sendings.set(outsider, nodes);
  }
  return [...sendings].flatMap(([outsider, nodes]) => sendingOf(trace, outsider, nodes, payloadOf));
}

/** Whether a call's spans were sent to another trace, whose owner is to say into which call they were taken. */
export function wasSent(trace: Trace, hops: readonly number[]): boolean {
  return trace.outsiders > 0 && hops.some((hop) => nodeAt(trace, hop).sent);
}

const STEPS_MAX = 256;
/** Through more traces no span is sent on: its own trace's owner then keeps it. */
export const PATH_MAX = 4;

function indexesBelow(trace: Trace, id: string): readonly number[] {
  const found = new Set<number>();
  let level = [id];
  for (let step = 0; step < STEPS_MAX && level.length > 0; step += 1) {
    const next: string[] = [];
    for (const index of level.flatMap((above) => trace.below.get(above) ?? [])) {
      if (found.has(index)) continue;
      found.add(index);
      next.push(nodeAt(trace, index).id);
    }
    level = next;
  }
  return [...found];
}

function outsiderAbove(trace: Trace, node: SpanNode): SpanNode | undefined {
  let at: SpanNode | undefined = node;
  for (let step = 0; step < STEPS_MAX && at; step += 1) {
    if (at.outside !== '' && isTop(trace, at)) return at;
    const above: readonly number[] = trace.byId.get(at.parent) ?? [];
    const [first] = above;
    at = first === undefined ? undefined : nodeAt(trace, first);
  }
  return undefined;
}

/** Whether the way up from a span is known to its root, and nothing but context. */
export function isTop(trace: Trace, node: SpanNode): boolean {
  let id = node.parent;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    if (id === '') return true;
    const views = trace.byId.get(id);
    if (!views || views.some((index) => nodeAt(trace, index).role !== 'other')) return false;
    id = nodeAt(trace, views[0] ?? 0).parent;
  }
  return false;
}

function sendingOf(
  trace: Trace,
  outsider: SpanNode,
  nodes: readonly SpanNode[],
  payloadOf: PayloadSpill['read'],
): readonly OutgoingJoin[] {
  const [target = '', span = ''] = outsider.outside.split('/');
  const path = [...(outsider.via === '' ? [] : outsider.via.split(',')), trace.traceId];
  if (path.includes(target) || path.length > PATH_MAX) return [];
  const above =
    nodes.includes(outsider) && isOnlyTarget(trace, outsider) ? contextOf(trace, outsider) : [];
  const root = above.at(-1) ?? outsider;
  const sent = [...nodes, ...above].map((node) =>
    joinedNode(node, {
      parent: node === root ? span : node.parent,
      inferred: outsider.inferred || node.inferred,
      payload: payloadOf(trace, node),
    }),
  );
  return encodeSpans(trace.tenant, target, path, sent);
}

/** What lies above goes with it only where all of the trace goes one way. */
function isOnlyTarget(trace: Trace, { outside }: SpanNode): boolean {
  return trace.nodes.every((node) => node.outside === '' || node.outside === outside);
}

function contextOf(trace: Trace, outsider: SpanNode): readonly SpanNode[] {
  const above = ancestorsOf(trace, outsider);
  for (const node of above) node.sent = true;
  return above;
}

type Joining = Pick<JoinedNode, 'parent' | 'inferred' | 'payload'>;

function joinedNode(node: SpanNode, { parent, inferred, payload }: Joining): JoinedNode {
  const { id, producer, trust, digest, asked, links, reading, role, conflicting } = node;
  const said = { id, parent, producer, trust, digest, asked, links, reading, role, inferred };
  return { ...said, outside: '', conflicting, payload };
}
