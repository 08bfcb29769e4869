import type { StateChange } from '../event-log/event-log.ts';
import type { Span } from '../otlp/span.ts';
import type { KeyRing } from '../registry/key-ring.ts';
import type { RegistryView } from '../registry/view.ts';
import { emptyRegistry } from '../registry/view.ts';
import type { AuditRecord, TrustClass } from '../schemas/record-types.ts';
import { addSpan } from './add-span.ts';
import type { Failure } from './dead-letter.ts';
import { reasonOf } from '../schemas/reason-of.ts';
import { clearDeadline, dueKeys, nextDeadline } from './deadlines.ts';
import type { Join, OutgoingJoin } from './joins/join-message.ts';
import type { Answers } from './joins/answers.ts';
import { createAnswers } from './joins/answers.ts';
import type { Halves } from './joins/halves.ts';
import { createHalves } from './joins/halves.ts';
import { takeJoin } from './joins/take-join.ts';
import { publishAll, publishDue, publishSettled } from './publish.ts';
import type { SpanNumber } from '../schemas/span-numbers.ts';
import type { Reconciled } from './reconciled.ts';
import { createReconciled, noteMessage, notePlaced, noteSpan } from './reconciled.ts';
import type { SpanCounts } from './span-counts.ts';
import { createSpanCounts } from './span-counts.ts';
import type { CommittedState, TraceStore } from './trace-store.ts';
import { createTraceStore } from './trace-store.ts';
import type { Trace } from './trace-state.ts';
import { newTrace } from './trace-state.ts';

export type EngineOptions = {
  /** For tokens of the policy stage; without them it drops what was to become one. */
  readonly keys?: KeyRing | null;
  readonly partition: number;
  /** How long after the last word of a call it is published, in append time. */
  readonly quietMsMax: number;
  /** How long a call may stay unpublished while more of it keeps coming. */
  readonly openMsMax: number;
  /** How long a trace is remembered after its last span. */
  readonly indexMsMax: number;
  readonly cachedSpansMax: number;
  /** Spans of one trace that are remembered; beyond them its calls are published and it begins anew. */
  readonly traceSpansMax: number;
  readonly expiredPerCommitMax: number;
  /** How long after its first span a published call is revised. */
  readonly revisionMsMax: number;
  /** How often at most: the last revision says that it is. */
  readonly revisionsMax: number;
  /** How long a call whose spans were sent to another trace waits for that one's answer, before it is published by itself. */
  readonly joinMsMax: number;
  /** How many records, and how many bytes of payload in them, one message may bring to be published by their deadline; the rest waits for the next. */
  readonly dueRecordsMax: number;
  readonly duePayloadBytesMax: number;
};

type At = { readonly offset: number; readonly appendTimeMs: number };

export type SpansMessage = At & {
  readonly kind: 'spans';
  readonly tenant: string;
  readonly producer: string;
  readonly trust: TrustClass;
  /** How many spans the sender was told are accepted. */
  readonly accepted: number;
  /** The redaction policy by which it was accepted; absent for the built-in one. */
  readonly policy?: string;
  /** As which of its collector's numbers it was appended; absent where nobody numbered it. */
  readonly run?: RunPlace;
  readonly spans: readonly Span[];
};

/** The run of a collector, and how many spans it had appended for the producer and partition before. */
export type RunPlace = { readonly id: string; readonly from: number };

/** What lies in a spans partition, as the engine takes it. */
export type EngineMessage =
  | SpansMessage
  | (At & { readonly kind: 'tick' })
  /** A collector lives, and has counted a producer's spans up to here. */
  | (At & {
      readonly kind: 'heartbeat';
      readonly tenant: string;
      readonly producer: string;
      readonly run: RunPlace;
    })
  | (At & { readonly kind: 'registry'; readonly registry: RegistryView })
  /** What the owners of other traces said, as far as the message reaches. */
  | (At & { readonly kind: 'joins'; readonly joins: readonly Join[] })
  /** A message that nobody can read: its spans are counted as dead letters. */
  | (At & {
      readonly kind: 'unreadable';
      readonly tenant: string;
      readonly producer: string;
      readonly accepted: number;
      readonly run?: RunPlace;
    });

/**
 * Spans to calls to records, for one partition. Pure: no clock, no I/O but reading committed state. What is put out depends on the sequence
 * of messages alone, not on where commits and restarts fall between them.
 */
export type Engine = {
  /** Takes the next message; fires what fell due by its append time first. Gives the records that are to be published. */
  readonly step: (message: EngineMessage) => readonly AuditRecord[];
  /** How state changed since the last time: to be committed with the records, and the position behind the last message. */
  readonly drain: () => readonly StateChange[];
  /** What could not be put together since the last time: its spans are counted as dead letters, all else went on. */
  readonly takeFailures: () => readonly Failure[];
  /** What is to be told to the owners of other traces, since the last time. */
  readonly takeJoins: () => readonly OutgoingJoin[];
  readonly tallies: Tallies;
  /** The next deadline; undefined when nothing waits for time to pass. */
  readonly nextDeadlineMs: () => number | undefined;
};

/** How often a limit was met, since the engine was made. */
export type Tallies = {
  /** Revisions that were not published, for their call was older than `revisionMsMax`, or had `revisionsMax`. */
  tooLate: number;
  /** Traces that began anew, for they had `traceSpansMax` spans. */
  restarted: number;
};

/**
 * `registry` is the view as of the last marker before the first message to come. `publish` is told each record before it counts as
 * published, and `step` then gives none: should it throw, the record is a failure and its call goes without it.
 */
export function createEngine(
  options: EngineOptions,
  state: CommittedState,
  registry: RegistryView = emptyRegistry(),
  publish?: Publish,
): Engine {
  const published: AuditRecord[] = [];
  const work: EngineWork = {
    options,
    store: createTraceStore(state, options),
    counts: createSpanCounts((key) => state.getState(key)),
    fired: { records: 0, payloadBytes: 0 },
    reconciled: createReconciled(state),
    failures: [],
    joins: [],
    halves: createHalves(state),
    answers: createAnswers(state),
    tallies: { tooLate: 0, restarted: 0 },
    registry,
    publish: publish ?? ((record) => published.push(record)),
  };
  let now = { offset: 0, appendTimeMs: 0 };
  return {
    step: (message) => {
      const appendTimeMs = Math.max(now.appendTimeMs, message.appendTimeMs);
      now = { offset: message.offset, appendTimeMs };
      fireDue(work, appendTimeMs);
      takeMessage(work, message);
      return published.splice(0);
    },
    drain: () => [
      ...work.store.drain(now, options.expiredPerCommitMax),
      ...work.halves.drain(now.appendTimeMs, options.expiredPerCommitMax),
      ...work.answers.drain(now.appendTimeMs, options.expiredPerCommitMax),
      ...work.counts.drain(),
      ...work.reconciled.drain(now.appendTimeMs),
    ],
    takeFailures: () => work.failures.splice(0),
    takeJoins: () => work.joins.splice(0),
    tallies: work.tallies,
    nextDeadlineMs: () => nextDeadline(work.store.deadlines),
  };
}

/** Takes a record, and which numbered spans it holds. */
export type Publish = (record: AuditRecord, numbers: readonly SpanNumber[]) => unknown;

/** What the steps of the engine share. */
export type EngineWork = {
  readonly options: EngineOptions;
  readonly store: TraceStore;
  readonly counts: SpanCounts;
  /** What the deadlines of this message brought. */
  fired: { records: number; payloadBytes: number };
  readonly reconciled: Reconciled;
  readonly failures: Failure[];
  readonly joins: OutgoingJoin[];
  readonly halves: Halves;
  readonly answers: Answers;
  readonly tallies: Tallies;
  registry: RegistryView;
  readonly publish: Publish;
};

/**
 * Publishes what fell due, up to a bound for each message: after a long silence everything is due at once, and is not to be held in memory at
 * once. The rest falls to the next message, whichever commit that is of.
 */
function fireDue(work: EngineWork, nowMs: number): void {
  const { deadlines } = work.store;
  const { dueRecordsMax, duePayloadBytesMax } = work.options;
  work.fired = { records: 0, payloadBytes: 0 };
  for (let due = dueKeys(deadlines, nowMs); due; due = dueKeys(deadlines, nowMs)) {
    for (const key of due.keys) {
      if (work.fired.records >= dueRecordsMax || work.fired.payloadBytes >= duePayloadBytesMax) {
        return;
      }
      const before = work.fired.records;
      clearDeadline(deadlines, key, due.dueMs);
      fire(work, key, due.dueMs);
      // A trace that had nothing to say was read all the same.
      work.fired.records = Math.max(work.fired.records, before + 1);
    }
  }
}

/** A trace whose state cannot be read fails alone. */
function fire(work: EngineWork, key: string, dueMs: number): void {
  try {
    publishDue(work, work.store.openKey(key, dueMs), dueMs);
  } catch (cause) {
    const { tenant, traceId } = newTrace(key);
    work.failures.push({ tenant, what: 'trace', id: traceId, reason: reasonOf(cause) });
  }
}

function takeMessage(work: EngineWork, message: EngineMessage): void {
  switch (message.kind) {
    case 'tick':
      break;
    case 'heartbeat':
      work.reconciled.heard(message, message.run, 0, message);
      break;
    case 'registry':
      work.registry = message.registry;
      break;
    case 'joins':
      for (const join of message.joins) takeJoin(work, join, message);
      break;
    case 'unreadable':
      work.counts.add(message.tenant, message.producer, 'accepted', message.accepted);
      work.counts.add(message.tenant, message.producer, 'dead_letter', message.accepted);
      noteMessage(work.reconciled, message, message.accepted, message.accepted);
      notePlaced(work.reconciled, message, message.accepted);
      break;
    case 'spans':
      takeSpans(work, message);
      break;
  }
}

function takeSpans(work: EngineWork, message: SpansMessage): void {
  const { tenant, producer, spans } = message;
  countAccepted(work, message);
  const touched = new Map<Trace, Set<number>>();
  let trace: Trace | undefined;
  for (const span of spans) {
    if (trace?.traceId !== span.traceId) {
      trace = work.store.open(tenant, span.traceId, message.appendTimeMs);
    }
    let calls = touched.get(trace);
    if (!calls) {
      calls = new Set();
      touched.set(trace, calls);
    }
    if (trace.nodes.length >= work.options.traceSpansMax) startOver(work, trace, calls);
    const bucket = addSpan(work, trace, { span, message, touched: calls });
    work.counts.add(tenant, producer, bucket, 1);
    noteSpan(work.reconciled, message, span);
  }
  for (const [each, calls] of touched) publishSettled(work, each, calls, message.appendTimeMs);
}

/** A sender's count above what the bytes hold is a loss somewhere before us: it is counted where it shows. */
function countAccepted({ counts, reconciled }: EngineWork, message: SpansMessage): void {
  const { tenant, producer, spans } = message;
  const accepted = Math.max(message.accepted, spans.length);
  counts.add(tenant, producer, 'accepted', accepted);
  if (accepted > spans.length) {
    counts.add(tenant, producer, 'dead_letter', accepted - spans.length);
  }
  noteMessage(reconciled, message, accepted, spans.length);
}

function startOver(work: EngineWork, trace: Trace, touched: Set<number>): void {
  publishAll(work, trace);
  work.store.reset(trace);
  // What comes later of the calls that were begun is not known to be theirs, and has to say so.
  trace.restarts += 1;
  work.tallies.restarted += 1;
  touched.clear();
}
