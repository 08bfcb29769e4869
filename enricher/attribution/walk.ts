import type { SpanRole } from '../reading.ts';
import type { SpanNode, Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';

/** What lies outward of a span, behind spans that are only context (HTTP, `delegate`, framework steps). */
export type Outward =
  /** A hop: the index of its node. */
  | { readonly kind: 'hop'; readonly index: number }
  /** A root, an agent, a tool or an inference: whatever comes, nothing further out is the same request. */
  | { readonly kind: 'end' }
  /** A span that has not come yet. */
  | { readonly kind: 'missing' };

const END: Outward = { kind: 'end' };
const MISSING: Outward = { kind: 'missing' };

// Deeper traces are walked no further, so that a loop of parents ends and a hostile trace costs little.
const STEPS_MAX = 256;

export function outwardOf(trace: Trace, node: SpanNode): Outward {
  const byParent = climb(trace, node.parent);
  if (byParent.kind === 'hop') return byParent;
  for (const link of node.links) {
    const byLink = climb(trace, link);
    if (byLink.kind === 'hop') return byLink;
  }
  return byParent;
}

function climb(trace: Trace, from: string): Outward {
  let id = from;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    if (id === '') return END;
    const views = trace.byId.get(id);
    if (!views) return MISSING;
    const hop = views.find((index) => nodeAt(trace, index).role === 'hop');
    if (hop !== undefined) return { kind: 'hop', index: hop };
    if (views.some((index) => nodeAt(trace, index).role !== 'other')) return END;
    id = nodeAt(trace, views[0] ?? 0).parent;
  }
  return END;
}

/** The hops below a span whose way outward leads to it, behind spans that are only context. */
export function hopsBelow(trace: Trace, id: string): readonly number[] {
  return reach(trace, id, 'hop');
}

/** The inferences below a span, behind spans that are only context. */
export function inferencesBelow(trace: Trace, id: string): readonly number[] {
  return reach(trace, id, 'inference');
}

function reach(trace: Trace, id: string, role: 'hop' | 'inference'): readonly number[] {
  const found: number[] = [];
  const seen = new Set([id]);
  const waiting = [id];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const index of trace.below.get(next) ?? []) {
      const node = nodeAt(trace, index);
      if (node.role === role) found.push(index);
      if (!passes(node.role, role) || seen.has(node.id)) continue;
      seen.add(node.id);
      waiting.push(node.id);
    }
  }
  return found;
}

// An aggregate is still a model's turn: a request below it is another than one above it, but its leaves are below both.
function passes(through: SpanRole, towards: 'hop' | 'inference'): boolean {
  return through === 'other' || (towards === 'inference' && through === 'aggregate');
}

/** The calls of all spans below a span, however deep. */
export function callsBelow(trace: Trace, id: string): ReadonlySet<number> {
  const calls = new Set<number>();
  if (trace.calls.length === 0) return calls;
  const seen = new Set([id]);
  const waiting = [id];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const index of trace.below.get(next) ?? []) {
      const node = nodeAt(trace, index);
      if (node.call >= 0) calls.add(node.call);
      if (seen.has(node.id)) continue;
      seen.add(node.id);
      waiting.push(node.id);
    }
  }
  return calls;
}

/** The spans above a span, nearest first, every producer's view of each. Ends at a root or at a span that has not come. */
export function ancestorsOf(trace: Trace, node: SpanNode): readonly SpanNode[] {
  const ancestors: SpanNode[] = [];
  let id = node.parent;
  const seen = new Set([node.id]);
  while (id !== '' && !seen.has(id) && seen.size < STEPS_MAX) {
    seen.add(id);
    const views = trace.byId.get(id);
    if (!views) break;
    for (const index of views) ancestors.push(nodeAt(trace, index));
    id = nodeAt(trace, views[0] ?? 0).parent;
  }
  return ancestors;
}

/** The nearest inference above a span, behind spans that are only context; −1 for none. */
export function inferenceAbove(trace: Trace, node: SpanNode): number {
  let id = node.parent;
  for (let step = 0; step < STEPS_MAX && id !== ''; step += 1) {
    const views = trace.byId.get(id);
    if (!views) return -1;
    const found = views.find((index) => nodeAt(trace, index).role === 'inference');
    if (found !== undefined) return found;
    if (views.some((index) => !passes(nodeAt(trace, index).role, 'inference'))) return -1;
    id = nodeAt(trace, views[0] ?? 0).parent;
  }
  return -1;
}
