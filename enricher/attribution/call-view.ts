import type { HopRole } from '../../schemas/record-types.ts';
import type { TextSlot } from '../dialects/dialect.ts';
import type { Reading } from '../reading.ts';
import type { Call, SpanNode, Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';
import { decisionsAround } from './decided.ts';
import { withHandovers } from './handovers.ts';
import { noVoices, voicesIn } from './voices.ts';
import { compareNames } from './same-request.ts';
import { ancestorsOf, decisionsBelow, OUTWARD_MISSING, outwardOf } from './walk.ts';

export type HopView = {
  readonly node: SpanNode;
  readonly reading: Reading;
  readonly role: HopRole;
};

/** A call as it stands now: its hops, outermost first, and what lies above them. */
export type CallView = {
  readonly hops: readonly [HopView, ...HopView[]];
  /** Nearest first: what lies between the hops and says something, then what lies above the outermost. */
  readonly ancestors: readonly SpanNode[];
  /** True when nothing that may still come can be a hop further out. */
  readonly outermostKnown: boolean;
  /** The hop of another call right above it, through which it was caused. */
  readonly cause: SpanNode | null;
  /** Spans and log records that tell what was decided about it, in the order in which it was. */
  readonly decisions: readonly SpanNode[];
  /** Log records that name somebody, by the span among hops and ancestors that they were written in. */
  readonly voices: ReadonlyMap<string, readonly SpanNode[]>;
  /** The spans that opened its MCP session, in whatever trace. */
  readonly sessionStarts: readonly SpanNode[];
  /** The poll that was told the end of the task that it began, in whatever trace; null for none. */
  readonly taskEnd: SpanNode | null;
  /** Where a person turned to the agent that made it; null when nothing shows it. */
  readonly turn: SpanNode | null;
};

export function viewOf(trace: Trace, call: Call): CallView {
  const all = placeHops(trace, call);
  const acting = all.filter(({ reading }) => !reading.decidesOnly);
  // Of a call that was refused before it was made, the refusal is all there is.
  const placed = acting.length > 0 ? acting : all;
  placed.sort(outermostFirst);
  const ends = endsOf(placed);
  const [first, ...rest] = placed.map((hop) => hopView(hop, ends));
  if (!first) throw new Error('A call has at least one hop.');
  const hops: [HopView, ...HopView[]] = [first, ...rest];
  const tops = placed.filter(({ depth }) => depth === 0);
  const cause = tops.map(({ cause: node }) => node).find((node) => node !== null) ?? null;
  const ancestors = [
    ...contextBetween(trace, call, placed),
    ...withHandovers(trace, ancestorsOf(trace, first.node)).filter(
      ({ call: index }) => !isOf(trace, index, call),
    ),
  ];
  return {
    hops,
    ancestors,
    decisions: decisionsAbout(trace, all, toolNear(ancestors)),
    voices: trace.voices === 0 ? noVoices : voicesIn(trace, hops, ancestors),
    sessionStarts: [],
    taskEnd: null,
    turn: turnOf(trace, hops, ancestors),
    outermostKnown: tops.every(({ known }) => known),
    cause,
  };
}

/** True when agents' own spans of the tool are all there is: nothing says that an MCP server was asked. */
export function isToolUse({ hops }: CallView): boolean {
  return hops.every(({ node }) => node.role === 'tool');
}

/** The agent's own span of the tool, right above the call; null for none. */
export function toolAbove({ ancestors, hops }: CallView): SpanNode | null {
  const tool = ancestors.find(({ role }) => role !== 'other' && role !== 'decision');
  if (tool?.role !== 'tool') return null;
  return compareNames(tool.reading?.tool, hops[0].reading.tool) === 'other' ? null : tool;
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

/** A gateway's HTTP span, say, that names the user whom it authenticated. Those of the inner hops come first. */
function contextBetween(
  trace: Trace,
  call: Call,
  placed: readonly PlacedHop[],
): readonly SpanNode[] {
  const between: SpanNode[] = [];
  for (const { node, depth } of placed.toReversed()) {
    let id = depth === 0 ? '' : node.parent;
    for (let step = 0; step < BETWEEN_MAX && id !== ''; step += 1) {
      const views = (trace.byId.get(id) ?? []).map((index) => nodeAt(trace, index));
      if (views.some(({ call: index }) => isOf(trace, index, call))) break;
      between.push(...views.filter((view) => view.reading !== null && !between.includes(view)));
      id = views[0]?.parent ?? '';
    }
  }
  return between;
}

// No real request has more context between two of its hops.
const BETWEEN_MAX = 16;

type PlacedHop = {
  readonly node: SpanNode;
  readonly reading: Reading;
  /** How many hops of the call lie outward of it. */
  readonly depth: number;
  /** Whether the way outward from it, if it is the outermost, is known to its end. */
  readonly known: boolean;
  readonly cause: SpanNode | null;
};

// No real request passes so many hops; a loop of parents must end, and a hostile chain of them must cost little.
const DEPTH_MAX = 64;

/** The agent's own span of a tool that is the nearest thing above but context. */
function toolNear(ancestors: readonly SpanNode[]): SpanNode | undefined {
  const near = ancestors.find(({ role }) => role !== 'other' && role !== 'decision');
  return near?.role === 'tool' ? near : undefined;
}

function decisionsAbout(
  trace: Trace,
  all: readonly PlacedHop[],
  tool: SpanNode | undefined,
): readonly SpanNode[] {
  const deciding = all.flatMap(({ node, reading }) => {
    const own = reading.policyDecision !== undefined || reading.decidesOnly ? [node] : [];
    return trace.decisions === 0
      ? own
      : [...own, ...decisionsBelow(trace, node.id).map((index) => nodeAt(trace, index))];
  });
  if (trace.decisions > 0) {
    deciding.push(
      ...decisionsAround(
        trace,
        all.map(({ node }) => node),
        tool,
      ),
    );
  }
  return [...new Set(deciding)]
    .toSorted((a, b) => endOf(a) - endOf(b) || compare(a.id, b.id))
    .slice(-DECISIONS_MAX);
}

const DECISIONS_MAX = 16;

function endOf({ reading }: SpanNode): number {
  return reading?.endTimeUs ?? 0;
}

function turnOf(
  trace: Trace,
  hops: readonly HopView[],
  ancestors: readonly SpanNode[],
): SpanNode | null {
  if (trace.turns.length === 0) return null;
  const above = ancestors.find(({ reading }) => reading?.turn !== undefined);
  if (above) return above;
  const promptId = hops.find(({ reading }) => reading.promptId !== undefined)?.reading.promptId;
  if (promptId === undefined) return null;
  const turns = trace.turns.map((index) => nodeAt(trace, index));
  return turns.find(({ reading }) => reading?.promptId === promptId) ?? null;
}

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
  while (outward >= 0 && depth < DEPTH_MAX) {
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

function hopView(hop: PlacedHop, ends: Ends): HopView {
  return { node: hop.node, reading: hop.reading, role: hopRole(hop, ends) };
}

/** How far out the outermost serving hop lies, and how far in the innermost asking one. */
type Ends = { readonly firstServer: number; readonly lastClient: number };

function endsOf(placed: readonly PlacedHop[]): Ends {
  let firstServer = Number.POSITIVE_INFINITY;
  let lastClient = -1;
  for (const { depth, reading } of placed) {
    if (reading.kind === 'server') firstServer = Math.min(firstServer, depth);
    if (reading.kind === 'client') lastClient = Math.max(lastClient, depth);
  }
  return { firstServer, lastClient };
}

function hopRole({ node, reading, depth }: PlacedHop, ends: Ends): HopRole {
  // Neither the client nor the server: what asked for an answer, if anything did, was not seen.
  if (node.role === 'tool') return 'internal';
  const gateway = node.trust === 'gateway';
  const { kind, name } = reading;
  if (kind === 'client') return gateway || ends.firstServer < depth ? 'gateway_out' : 'client';
  if (kind === 'server') return gateway || ends.lastClient > depth ? 'gateway_in' : 'server';
  if (kind === 'producer' || kind === 'consumer') return 'unknown';
  // An agent's own tool span, that the MCP client enriched instead of adding one, or its own word of the call.
  const isAgents = reading.isLog === true || reading.toolCallId !== undefined;
  return isAgents || name.startsWith('execute_tool') ? 'client' : 'internal';
}
