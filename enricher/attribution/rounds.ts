import type { Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';
import type { CallView, HopView } from './call-view.ts';
import { outwardOf } from './walk.ts';

/**
 * The view without the rounds that were asked back for input and then repeated: what became of the call is what became of its last round.
 */
export function lastRound(trace: Trace, view: CallView): CallView {
  if (trace.rounds === 0) return view;
  const over = new Set(
    view.hops.filter((hop) => isRepeated(hop, view.hops)).map(({ node }) => node.id),
  );
  if (over.size === 0) return view;
  const [first, ...rest] = view.hops.filter(({ node }) => !isWithin(trace, node.id, over));
  return first ? { ...view, hops: [first, ...rest] } : view;
}

function isRepeated({ node, reading }: HopView, hops: readonly HopView[]): boolean {
  if (reading.resultType !== 'input_required' || node.parent === '') return false;
  return hops.some(
    (other) => other.node.parent === node.parent && other.reading.startTimeUs >= reading.endTimeUs,
  );
}

function isWithin(trace: Trace, id: string, over: ReadonlySet<string>): boolean {
  const seen = new Set<string>();
  let at = id;
  while (!over.has(at)) {
    const [index] = trace.byId.get(at) ?? [];
    const outward = index === undefined ? -1 : outwardOf(trace, nodeAt(trace, index));
    if (outward < 0 || seen.has(at)) return false;
    seen.add(at);
    at = nodeAt(trace, outward).id;
  }
  return true;
}
