import type { SpanRole } from '../reading.ts';
import type { SpanNode, Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';

/** A root, an agent, a tool or an inference lies outward: whatever comes, nothing further out is the same request. */
export const OUTWARD_END = -1;
/** A span that has not come yet lies outward. */
export const OUTWARD_MISSING = -2;

// Deeper traces are walked no further, up or down, so that a loop of parents ends and a hostile trace costs little.
const STEPS_MAX = 256;

/**
 * What lies outward of a span, behind spans that are only context (HTTP, `delegate`, framework steps): the index of a hop, or one of the
 * two constants above. A link is another way outward from the side that answers to the side that asks; one from a request to another
 * (a retry to the attempt before it) says nothing of where the request came from.
 */
export function outwardOf(trace: Trace, node: SpanNode): number {
  const byParent = climb(trace, node.parent);
  if (byParent >= 0 || node.reading?.kind === 'client') return byParent;
  for (const link of node.links) {
    const byLink = climb(trace, link);
    if (byLink >= 0 && nodeAt(trace, byLink).reading?.kind !== 'server') return byLink;
  }
  return byParent;
}

/** The index of the hop right above a span, behind spans that are only context; below 0 for none. Links lead nowhere. */
export function hopAbove(trace: Trace, { parent }: SpanNode): number {
  return climb(trace, parent);
}

/** The views of the nearest span above that is more than context; none where that is not known. */
export function nextAbove(trace: Trace, { parent }: SpanNode): readonly number[] {
  let id = parent;
  for (let step = 0; step < STEPS_MAX && id !== ''; step += 1) {
    const views = trace.byId.get(id);
    if (!views) return none;
    if (views.some((index) => !isContext(nodeAt(trace, index).role))) return views;
    id = nodeAt(trace, views[0] ?? 0).parent;
  }
  return none;
}

function climb(trace: Trace, from: string): number {
  let id = from;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    if (id === '') return OUTWARD_END;
    const views = trace.byId.get(id);
    if (!views) return OUTWARD_MISSING;
    const hop = viewOfRole(trace, views, 'hop');
    if (hop !== undefined) return hop;
    if (views.some((index) => !isContext(nodeAt(trace, index).role))) return OUTWARD_END;
    id = nodeAt(trace, views[0] ?? 0).parent;
  }
  return OUTWARD_END;
}

function viewOfRole(trace: Trace, views: readonly number[], role: SpanRole): number | undefined {
  for (const index of views) if (nodeAt(trace, index).role === role) return index;
  return undefined;
}

/** The hops below a span whose way outward leads to it, behind spans that are only context. */
export function hopsBelow(trace: Trace, id: string): readonly number[] {
  return reach(trace, id, 'hop');
}

/** The first hops below a span, up to so many; undefined when there are more, or too many spans to look through. */
export function firstHopsBelow(
  trace: Trace,
  id: string,
  hopsMax: number,
): readonly number[] | undefined {
  const found: number[] = [];
  let left = LOOKED_AT_MAX;
  descend(trace, id, ({ role }, index) => {
    left -= 1;
    if (role === 'hop') found.push(index);
    return role === 'other' && left > 0 && found.length <= hopsMax;
  });
  return left <= 0 || found.length > hopsMax ? undefined : found;
}

/** The spans below a span that name a backend, behind spans that are only context; those on the way to another hop are none. */
export function backendsBelow(trace: Trace, id: string): readonly SpanNode[] {
  const found: SpanNode[] = [];
  let left = LOOKED_AT_MAX;
  descend(trace, id, (node) => {
    left -= 1;
    const isBackend = node.role === 'other' && node.reading?.backend !== undefined;
    if (isBackend && !leadsToHop(trace, node.id)) found.push(node);
    return node.role === 'other' && left > 0 && found.length < BACKENDS_MAX;
  });
  return found;
}

const BACKENDS_MAX = 64;

function leadsToHop(trace: Trace, id: string): boolean {
  return firstHopsBelow(trace, id, 0) === undefined;
}

// No gateway has more spans of its own below one request before it passes that on.
const LOOKED_AT_MAX = 512;

/** What was decided below a span, behind spans that are only context: a gateway's own steps. */
export function decisionsBelow(trace: Trace, id: string): readonly number[] {
  return reach(trace, id, 'decision');
}

/** The inferences below a span, behind spans that are only context. */
export function inferencesBelow(trace: Trace, id: string): readonly number[] {
  return reach(trace, id, 'inference');
}

const none: readonly number[] = [];

type Sought = 'hop' | 'inference' | 'decision';

function reach(trace: Trace, id: string, role: Sought): readonly number[] {
  if (!trace.below.has(id)) return none;
  const found: number[] = [];
  descend(trace, id, (node, index) => {
    if (node.role === role) found.push(index);
    return passes(node.role, role);
  });
  return found;
}

/** Visits the spans below a span, level by level; those below one that `goesOn` is false of are left out. */
function descend(
  trace: Trace,
  id: string,
  goesOn: (node: SpanNode, index: number) => boolean,
): void {
  const seen = new Set([id]);
  let level = [id];
  for (let step = 0; step < STEPS_MAX && level.length > 0; step += 1) {
    const next: string[] = [];
    for (const index of level.flatMap((outer) => trace.below.get(outer) ?? [])) {
      const node = nodeAt(trace, index);
      if (!goesOn(node, index) || seen.has(node.id)) continue;
      seen.add(node.id);
      next.push(node.id);
    }
    level = next;
  }
}

/** Whether a span is only passed on the way between two requests. */
function isContext(role: SpanRole): boolean {
  return role === 'other' || role === 'decision';
}

// An aggregate is still a model's turn: a request below it is another than one above it, but its leaves are below both.
function passes(through: SpanRole, towards: Sought): boolean {
  return isContext(through) || (towards === 'inference' && through === 'aggregate');
}

/** The calls of the spans below a span, down to where spans still look up to it. */
export function callsBelow(trace: Trace, id: string): ReadonlySet<number> {
  const calls = new Set<number>();
  if (trace.calls.length === 0) return calls;
  descend(trace, id, ({ call }) => {
    if (call >= 0) calls.add(call);
    return true;
  });
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
    const found = viewOfRole(trace, views, 'inference');
    if (found !== undefined) return found;
    if (views.some((index) => !passes(nodeAt(trace, index).role, 'inference'))) return -1;
    id = nodeAt(trace, views[0] ?? 0).parent;
  }
  return -1;
}
