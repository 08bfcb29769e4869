import type { SpanNode, Trace } from '../trace-state.ts';
import { isVoice, nodeAt } from '../trace-state.ts';
import { callsBelow } from './walk.ts';

export const noVoices: ReadonlyMap<string, readonly SpanNode[]> = new Map();

/** The log records that name somebody, by the one among a call's hops and ancestors that they were written in. */
export function voicesIn(
  trace: Trace,
  hops: readonly { readonly node: SpanNode }[],
  ancestors: readonly SpanNode[],
): ReadonlyMap<string, readonly SpanNode[]> {
  const voices = new Map<string, readonly SpanNode[]>();
  for (const { id } of [...hops.map(({ node }) => node), ...ancestors]) {
    const within = voicesOf(trace, id);
    if (within.length > 0) voices.set(id, within);
  }
  return voices;
}

/** The calls that learn from a log record whom its span acts for; none where one before it said the same. */
export function hearersOf(trace: Trace, node: SpanNode): ReadonlySet<number> {
  if (!isVoice(node) || node.parent === '') return new Set();
  if (!voicesOf(trace, node.parent).includes(node)) return new Set();
  const calls = new Set(callsBelow(trace, node.parent));
  for (const index of trace.byId.get(node.parent) ?? []) {
    const { call } = nodeAt(trace, index);
    if (call >= 0) calls.add(call);
  }
  return calls;
}

/** Of a span's log records no more are looked through: each of them mostly says the same. */
const BELOW_MAX = 64;
const VOICES_MAX = 8;

/** One of each that says the same: the first that came. */
function voicesOf(trace: Trace, id: string): readonly SpanNode[] {
  const bySaying = new Map<string, SpanNode>();
  for (const index of (trace.below.get(id) ?? []).slice(0, BELOW_MAX)) {
    const node = nodeAt(trace, index);
    if (!isVoice(node) || bySaying.size === VOICES_MAX) continue;
    const said = saidBy(node);
    if (!bySaying.has(said)) bySaying.set(said, node);
  }
  return [...bySaying.values()];
}

/** Another producer's word is another one. */
function saidBy({ reading, producer }: SpanNode): string {
  const said = (reading?.identities ?? [])
    .map(({ key, principal }) => `${key} ${principal}`)
    .join('\n');
  return `${producer}\n${said}`;
}
