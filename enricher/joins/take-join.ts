import { foldSpan } from '../attribution/fold.ts';
import { survivor } from '../attribution/split.ts';
import { toldBy } from '../attribution/tool-span.ts';
import type { EngineWork } from '../engine.ts';
import { listenerFor } from '../listener.ts';
import { NOT_SPILLED } from '../payload-spill.ts';
import { publishSettled } from '../publish.ts';
import type { SpanNode, Trace } from '../trace-state.ts';
import { addNode, callAt, nodeAt } from '../trace-state.ts';
import type { Join, JoinedNode, Taken } from './join-message.ts';
import { encodeCaused, encodeTaken } from './join-message.ts';
import { PATH_MAX, spansToSend } from './send-spans.ts';
import { takeAsked, takeTold } from './take-told.ts';

type At = { readonly offset: number; readonly appendTimeMs: number };

/**
 * Takes what another trace's owner says. It is idempotent: spans that came before are answered again, and a call that is known to be another
 * stays so.
 */
export function takeJoin(work: EngineWork, join: Join, at: At): void {
  if (join.kind === 'half') {
    const match = work.halves.meet(join.tenant, join.half, at.appendTimeMs);
    if (match) work.joins.push(encodeCaused(join.tenant, match));
    return;
  }
  if (join.kind === 'answer') {
    takeAnswer(work, join, at);
    return;
  }
  if (join.kind === 'told') {
    takeTold(work, join, at);
    return;
  }
  if (join.kind === 'asked') {
    takeAsked(work, join, at);
    return;
  }
  const trace = work.store.open(join.tenant, join.trace, at.appendTimeMs);
  const touched = new Set<number>();
  if (join.kind === 'spans') takeSpans(work, trace, { join, at, touched });
  else if (join.kind === 'caused') takeCause(work, trace, join);
  else takeAnswers(work, trace, { taken: join.taken, at, touched });
  publishSettled(work, trace, touched, at.appendTimeMs);
}

type TakenSpans = {
  readonly join: Extract<Join, { kind: 'spans' }>;
  readonly at: At;
  readonly touched: Set<number>;
};

function takeSpans(work: EngineWork, trace: Trace, { join, at, touched }: TakenSpans): void {
  // Round in a circle, or too far: nobody answers, and they stay calls of their own trace.
  if (join.path.includes(join.trace) || join.path.length > PATH_MAX) return;
  const listener = listenerFor(work, trace, { at, touched });
  const came: number[] = [];
  for (const node of join.nodes) {
    const known = trace.byId.get(node.id)?.find((index) => isSame(nodeAt(trace, index), node));
    if (known !== undefined) came.push(known);
    if (known !== undefined || trace.nodes.length >= work.options.traceSpansMax) continue;
    trace.touchedMs = at.appendTimeMs;
    const index = addNode(trace, arrived(node, join.path));
    work.store.touchSpan(trace, index);
    foldSpan(trace, index, listener);
    work.joins.push(...spansToSend(trace, index, work.store.payloads.read));
    came.push(index);
  }
  const taken = came.flatMap((index) => takenOf(trace, index));
  if (taken.length === 0) return;
  for (const source of join.path) work.joins.push(encodeTaken(join.tenant, source, taken));
}

function isSame(known: SpanNode, node: JoinedNode): boolean {
  return known.producer === node.producer;
}

function arrived(node: JoinedNode, path: readonly string[]): SpanNode {
  const none = { call: -1, open: false, sent: false, spilled: NOT_SPILLED };
  return { ...node, ...none, via: path.join(',') };
}

/** The trace that told of an answer later hears which call tells of it already. */
function takeAnswer(
  work: EngineWork,
  { tenant, answer }: Extract<Join, { kind: 'answer' }>,
  at: At,
): void {
  const first = work.answers.meet(tenant, answer, at.appendTimeMs);
  if (!first) return;
  const { trace, span, producer } = answer;
  const taken: Taken = { span, producer, callId: first.callId, repeats: true };
  work.joins.push(encodeTaken(tenant, trace, [taken]));
}

/** What is sent on is answered by whom it is sent to. */
function takenOf(trace: Trace, index: number): readonly Taken[] {
  const node = nodeAt(trace, index);
  const { id, producer, sent, via } = node;
  // There a call by itself, a tool's span may be told of by another here.
  const call = node.call < 0 && node.role === 'tool' ? toldBy(trace, index) : node.call;
  if (call < 0 || sent || via === '') return [];
  return [{ span: id, producer, callId: callAt(trace, survivor(trace, call)).callId }];
}

/** A rule found what asked for a call of ours: it goes there as if it had linked to it, and all that comes of it is inferred. */
function takeCause(work: EngineWork, trace: Trace, cause: Extract<Join, { kind: 'caused' }>): void {
  const index = trace.byId
    .get(cause.span)
    ?.find((each) => nodeAt(trace, each).producer === cause.producer);
  const node = index === undefined ? undefined : nodeAt(trace, index);
  if (index === undefined || !node || node.outside !== '' || node.sent) return;
  node.outside = cause.by;
  node.inferred = cause.rule;
  trace.outsiders += 1;
  work.joins.push(...spansToSend(trace, index, work.store.payloads.read));
  work.store.touchSpan(trace, index);
}

type Answers = {
  readonly taken: readonly Taken[];
  readonly at: At;
  readonly touched: Set<number>;
};

/** Our calls are parts of calls of another trace: they end here, unheard of where they were not published yet. */
function takeAnswers(work: EngineWork, trace: Trace, { taken, at, touched }: Answers): void {
  const listener = listenerFor(work, trace, { at, touched });
  for (const { span, producer, callId, repeats } of taken) {
    const index = trace.byId.get(span)?.find((each) => nodeAt(trace, each).producer === producer);
    const node = index === undefined ? undefined : nodeAt(trace, index);
    if (!node || node.call < 0 || (!node.sent && repeats !== true)) continue;
    // One that proved to sum others up meanwhile is charged no more.
    if (repeats === true && node.role !== 'inference') continue;
    const of = survivor(trace, node.call);
    const call = callAt(trace, of);
    if (call.takenInto !== '') continue;
    call.takenInto = callId;
    listener.changed(of, 'merged_into');
  }
}
