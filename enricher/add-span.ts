import type { Span } from '../otlp/span.ts';
import type { SpanBucket } from '../schemas/state-keys.ts';
import { foldSpan } from './attribution/fold.ts';
import { hopsBelow } from './attribution/walk.ts';
import { argumentsDigest } from './arguments-digest.ts';
import { contentDigest } from './content-digest.ts';
import { decidingEvents } from './deciding-events.ts';
import type { EngineWork, SpansMessage } from './engine.ts';
import { homeToTell } from './heard.ts';
import { spansToSend } from './joins/send-spans.ts';
import { tell } from './joins/take-told.ts';
import type { NewsAt } from './listener.ts';
import { listenerFor } from './listener.ts';
import { NOT_SPILLED } from './payload-spill.ts';
import { readSpan } from './read-span.ts';
import type { ReadSpan } from './reading.ts';
import { spanNumberOf } from './reconciled.ts';
import type { SpanNode, Trace } from './trace-state.ts';
import { addNode, nodeAt } from './trace-state.ts';

export type Arrival = {
  readonly span: Span;
  readonly message: SpansMessage;
  /** Calls of the trace of which this message says something new. */
  readonly touched: Set<number>;
};

/** Adds a span to its trace and folds it; gives the bucket in which it is counted for now. */
export function addSpan(work: EngineWork, trace: Trace, arrival: Arrival): SpanBucket {
  const { span, message } = arrival;
  trace.touchedMs = message.appendTimeMs;
  const digest = contentDigest(span.bytes);
  const earlier = earlierCopy(trace, span.spanId, message.producer);
  if (earlier !== undefined) {
    seenAgain(work, trace, { earlier, digest, arrival });
    return 'duplicate';
  }
  const index = addNode(trace, nodeOf(arrival, digest));
  work.store.touchSpan(trace, index);
  const home = homeToTell(nodeAt(trace, index));
  if (home !== undefined) {
    const current = { trace, touched: arrival.touched };
    tell(work, trace, nodeAt(trace, index), { home, at: message, current });
  }
  foldSpan(trace, index, listenerFor(work, trace, at(arrival)));
  for (const event of decidingEvents(span)) addDecision(work, trace, { ...arrival, span: event });
  dropUnasked(work, trace, index);
  work.joins.push(...spansToSend(trace, index, work.store.payloads.read));
  return bucketOf(nodeAt(trace, index));
}

/** A span's event that tells what was decided. What it says beside that, its span says. */
function addDecision(work: EngineWork, trace: Trace, arrival: Arrival): void {
  const node = nodeOf(arrival, 0);
  if (node.role !== 'decision') return;
  const index = addNode(trace, node);
  work.store.touchSpan(trace, index);
  foldSpan(trace, index, listenerFor(work, trace, at(arrival)));
}

function at({ message, touched }: Arrival): NewsAt {
  return { at: message, touched };
}

/** An agent's tool span keeps what was asked only where it is a call itself, or a request lies below it. */
function dropUnasked(work: EngineWork, trace: Trace, index: number): void {
  const node = nodeAt(trace, index);
  if (node.role !== 'tool' || node.call >= 0) return;
  if (hopsBelow(trace, node.id).length === 0) work.store.payloads.drop(trace, node);
}

const LINKS_MAX = 8;
const NO_LINKS: readonly string[] = [];

function nodeOf({ span, message }: Arrival, digest: number): SpanNode {
  const { role, reading, payload } = readUnder(message.policy, span);
  const { traceId, links } = span;
  return {
    id: span.spanId,
    parent: span.parentSpanId === span.spanId ? '' : span.parentSpanId,
    producer: message.producer,
    trust: message.trust,
    digest,
    // What an emitter put in a value's place is the same for every value.
    asked: reading?.upstream === 'redacted' ? 0 : argumentsDigest(payload),
    outside: outsideOf(span),
    via: '',
    inferred: '',
    sent: false,
    links:
      links.length === 0
        ? NO_LINKS
        : links
            .filter((link) => link.traceId === traceId && link.spanId !== span.spanId)
            .slice(0, LINKS_MAX)
            .map(({ spanId }) => spanId),
    reading,
    role,
    call: -1,
    open: false,
    conflicting: false,
    payload,
    spilled: NOT_SPILLED,
  };
}

function readUnder(policy: string | undefined, span: Span): ReadSpan {
  const read = readSpan(span);
  const spanNumber = spanNumberOf(span);
  if (read.reading === null || (policy === undefined && spanNumber === undefined)) return read;
  const said = {
    ...(policy === undefined ? {} : { redactionPolicy: policy }),
    ...(spanNumber === undefined ? {} : { spanNumber }),
  };
  return { ...read, reading: { ...read.reading, ...said } };
}

/** The one span of another trace that it links to, as `trace/span`; empty for none, and for several traces: which was its cause? */
function outsideOf({ traceId, links }: Span): string {
  const outside = links.filter((link) => link.traceId !== traceId);
  const [first] = outside;
  if (!first || outside.some((link) => link.traceId !== first.traceId)) return '';
  return `${first.traceId}/${first.spanId}`;
}

/** The index of the same span from the same producer. From another producer it is another view of the same operation. */
function earlierCopy(trace: Trace, id: string, producer: string): number | undefined {
  return trace.byId.get(id)?.find((index) => nodeAt(trace, index).producer === producer);
}

type Again = { readonly earlier: number; readonly digest: number; readonly arrival: Arrival };

function seenAgain(work: EngineWork, trace: Trace, { earlier, digest, arrival }: Again): void {
  const node = nodeAt(trace, earlier);
  work.store.touchSpan(trace, earlier);
  if (node.digest === digest || node.conflicting) return;
  // The first stays, and the record says that there was another: which of the two is true cannot be told here.
  node.conflicting = true;
  if (node.call >= 0) listenerFor(work, trace, at(arrival)).changed(node.call, 'hop_arrived');
}

function bucketOf(node: SpanNode): SpanBucket {
  const isToolCall = node.role === 'tool' && node.call >= 0;
  if (node.role === 'hop' || node.role === 'inference' || isToolCall) {
    node.open = true;
    return 'open';
  }
  return node.role === 'housekeeping' ? 'housekeeping' : 'ancestor';
}
