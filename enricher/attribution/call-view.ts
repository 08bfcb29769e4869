import type { HopRole } from '../../schemas/record-types.ts';
import type { TextSlot } from '../dialects/dialect.ts';
import type { Reading } from '../reading.ts';
import type { Call, SpanNode, Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';
import { ancestorsOf, OUTWARD_MISSING, outwardOf } from './walk.ts';

export type HopView = {
  readonly node: SpanNode;
  readonly reading: Reading;
  readonly role: HopRole;
};

/** A call as it stands now: its hops, outermost first, and what lies above them. */
export type CallView = {
  readonly hops: readonly [HopView, ...HopView[]];
  /** Nearest first. */
  readonly ancestors: readonly SpanNode[];
  /** True when nothing that may still come can be a hop further out. */
  readonly outermostKnown: boolean;
  /** The hop of another call right above it, through which it was caused. */
  readonly cause: SpanNode | null;
};

export function viewOf(trace: Trace, call: Call): CallView {
  const placed = placeHops(trace, call);
  placed.sort(outermostFirst);
  const [first, ...rest] = placed.map((hop) => hopView(hop, placed));
  if (!first) throw new Error('A call has at least one hop.');
  const hops: [HopView, ...HopView[]] = [first, ...rest];
  const tops = placed.filter(({ depth }) => depth === 0);
  const cause = tops.map(({ cause: node }) => node).find((node) => node !== null) ?? null;
  return {
    hops,
    ancestors: ancestorsOf(trace, first.node).filter(
      ({ call: index }) => !isOf(trace, index, call),
    ),
    outermostKnown: tops.every(({ known }) => known),
    cause,
  };
}

/** The first that says it, hops from the outermost inwards. */
export function firstHop(view: CallView, slot: TextSlot): string | null {
  for (const { reading } of view.hops) {
    const text = reading[slot];
    if (text !== undefined) return text;
  }
  return null;
}

/** The first that says it, hops first, then ancestors from the nearest outwards. */
export function firstAbove(view: CallView, slot: TextSlot): string | null {
  const own = firstHop(view, slot);
  if (own !== null) return own;
  for (const { reading } of view.ancestors) {
    const text = reading?.[slot];
    if (text !== undefined) return text;
  }
  return null;
}

type PlacedHop = {
  readonly node: SpanNode;
  readonly reading: Reading;
  /** How many hops of the call lie outward of it. */
  readonly depth: number;
  /** Whether the way outward from it, if it is the outermost, is known to its end. */
  readonly known: boolean;
  readonly cause: SpanNode | null;
};

function isOf(trace: Trace, index: number, call: Call): boolean {
  return index >= 0 && trace.calls[index] === call;
}

function placeHops(trace: Trace, call: Call): PlacedHop[] {
  return call.hops.map((index) => placeHop(trace, call, nodeAt(trace, index)));
}

function placeHop(trace: Trace, call: Call, node: SpanNode): PlacedHop {
  const { reading } = node;
  if (reading === null) throw new Error('A hop has a reading.');
  let depth = 0;
  let outward = outwardOf(trace, node);
  while (outward >= 0 && depth < call.hops.length) {
    const outer = nodeAt(trace, outward);
    if (!isOf(trace, outer.call, call)) {
      return { node, reading, depth, known: true, cause: outer };
    }
    depth += 1;
    outward = outwardOf(trace, outer);
  }
  return { node, reading, depth, known: outward !== OUTWARD_MISSING, cause: null };
}

// Ties (two views of one span, doubled instrumentation) go by start, then by identifier: never by arrival.
function outermostFirst(a: PlacedHop, b: PlacedHop): number {
  return (
    a.depth - b.depth ||
    a.reading.startTimeUs - b.reading.startTimeUs ||
    compare(a.node.id, b.node.id) ||
    compare(a.node.producer, b.node.producer)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function hopView(hop: PlacedHop, all: readonly PlacedHop[]): HopView {
  return { node: hop.node, reading: hop.reading, role: hopRole(hop, all) };
}

function hopRole(hop: PlacedHop, all: readonly PlacedHop[]): HopRole {
  const gateway = hop.node.trust === 'gateway';
  const { kind, name } = hop.reading;
  if (kind === 'client') {
    return gateway || hasOutward(hop, all, 'server') ? 'gateway_out' : 'client';
  }
  if (kind === 'server') return gateway || hasInward(hop, all, 'client') ? 'gateway_in' : 'server';
  if (kind === 'producer' || kind === 'consumer') return 'unknown';
  // An agent framework's own tool span that the MCP client enriched instead of adding one.
  return name.startsWith('execute_tool') ? 'client' : 'internal';
}

function hasOutward(hop: PlacedHop, all: readonly PlacedHop[], kind: Reading['kind']): boolean {
  return all.some(({ depth, reading }) => depth < hop.depth && reading.kind === kind);
}

function hasInward(hop: PlacedHop, all: readonly PlacedHop[], kind: Reading['kind']): boolean {
  return all.some(({ depth, reading }) => depth > hop.depth && reading.kind === kind);
}
