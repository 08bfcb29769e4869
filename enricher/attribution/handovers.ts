import type { SpanNode, Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';

/** Ancestors, nearest first, and behind each agent among them the one that handed over to it, as if that lay above. */
export function withHandovers(trace: Trace, ancestors: readonly SpanNode[]): readonly SpanNode[] {
  if (trace.handovers === 0) return ancestors;
  return ancestors.flatMap((node) => {
    const line = [node];
    let by = node.role === 'agent' ? handedOverBy(trace, node) : null;
    while (by !== null && line.length <= LINE_MAX) {
      line.push(by);
      by = handedOverBy(trace, by);
    }
    return line;
  });
}

const LINE_MAX = 16;

/**
 * The agent that handed over to one whose span lies beside its own: it ended before, and a hand-over is told of below it; null for none.
 * Some frameworks say whom an agent hands over from, and not to whom.
 */
function handedOverBy(trace: Trace, agent: SpanNode): SpanNode | null {
  if (trace.handovers === 0 || agent.parent === '') return null;
  const start = agent.reading?.startTimeUs ?? 0;
  let latest: SpanNode | null = null;
  for (const index of beside(trace, agent)) {
    const other = nodeAt(trace, index);
    const end = other.reading?.endTimeUs ?? 0;
    if (other.role !== 'agent' || other.id === agent.id || end > start) continue;
    if (end <= (latest?.reading?.endTimeUs ?? -1) || !handsOver(trace, other)) continue;
    latest = other;
  }
  return latest;
}

// No run of agents hands over more often; of more spans beside each other none is looked through.
const BESIDE_MAX = 256;

function beside(trace: Trace, { parent }: SpanNode): readonly number[] {
  const all = trace.below.get(parent) ?? [];
  return all.length > BESIDE_MAX ? [] : all;
}

function handsOver(trace: Trace, { id }: SpanNode): boolean {
  const below = trace.below.get(id) ?? [];
  return below.some((index) => nodeAt(trace, index).reading?.handover !== undefined);
}

/** The span below which agents stand that a span's coming may show to have handed over; undefined where it tells of none. */
export function handoverScope(trace: Trace, node: SpanNode): string | undefined {
  if (trace.handovers === 0) return undefined;
  if (node.role === 'agent') return node.parent;
  if (node.reading?.handover === undefined) return undefined;
  const [agent] = trace.byId.get(node.parent) ?? [];
  return agent === undefined ? undefined : nodeAt(trace, agent).parent;
}
