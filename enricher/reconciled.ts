import type { StateChange } from '../event-log/event-log.ts';
import type { Span } from '../otlp/span.ts';
import type { Numbered } from '../schemas/number-ranges.ts';
import { afterRange, numberedBytes, parseNumbered } from '../schemas/number-ranges.ts';
import type { AuditRecord } from '../schemas/record-types.ts';
import type { SpanNumberTally } from '../schemas/span-number-tally.ts';
import { createSpanNumberTally } from '../schemas/span-number-tally.ts';
import type { SpanNumber } from '../schemas/span-numbers.ts';
import {
  isStreamId,
  isStreamNumber,
  streamIdAttribute,
  streamNextAttribute,
  streamNumberAttribute,
} from '../schemas/span-numbers.ts';
import { heardKey, parseHeard, runKey, runPrefix } from '../schemas/state-keys.ts';
import type { WindowTally } from '../schemas/window-counts.ts';
import { ANY_PRODUCER, createWindowTally } from '../schemas/window-counts.ts';
import type { RunPlace } from './engine.ts';
import type { CommittedState } from './trace-store.ts';

/** What a partition counts for the reconciliation, committed with what it counts. Nothing of it decides anything about a record. */
export type Reconciled = {
  readonly windows: WindowTally;
  readonly numbers: SpanNumberTally;
  /** A message of a collector's run came, with so many spans by its count. */
  readonly heard: (who: Who, run: RunPlace | undefined, spans: number, at: When) => void;
  /** A heartbeat of the producer itself came. */
  readonly beat: (who: Who, at: When) => void;
  readonly drain: (nowMs: number) => readonly StateChange[];
};

type Who = { readonly tenant: string; readonly producer: string };
type When = { readonly appendTimeMs: number };

type Run = Who & { readonly id: string; numbered: Numbered; heardMs: number };
type Heard = { spansMs: number; beatMs: number; isChanged: boolean };

export function createReconciled(state: CommittedState): Reconciled {
  const windows = createWindowTally(state);
  const numbers = createSpanNumberTally(state);
  const runs = new Map<string, Run>();
  const changedRuns = new Set<Run>();
  const heard = new Map<string, Heard>();
  let forgottenMs = 0;

  const heardOf = ({ tenant, producer }: Who): Heard => {
    const key = heardKey(tenant, producer);
    let known = heard.get(key);
    if (!known) {
      known = { ...parseHeard(state.getState(key)), isChanged: false };
      heard.set(key, known);
    }
    return known;
  };
  return {
    windows,
    numbers,
    heard: (who, place, spans, { appendTimeMs }) => {
      if (spans > 0) setLater(heardOf(who), 'spansMs', appendTimeMs);
      if (!place) return;
      const { tenant, producer } = who;
      const key = runKey(tenant, producer, place.id);
      let run = runs.get(key);
      if (!run) {
        run = { tenant, producer, id: place.id, ...readRun(state.getState(key)) };
        runs.set(key, run);
      }
      run.numbered = afterRange(run.numbered, place.from, spans, appendTimeMs);
      run.heardMs = appendTimeMs;
      changedRuns.add(run);
    },
    beat: (who, { appendTimeMs }) => setLater(heardOf(who), 'beatMs', appendTimeMs),
    drain: (nowMs) => {
      const changes: StateChange[] = [...windows.drain(nowMs), ...numbers.drain()];
      for (const { tenant, producer, id, numbered, heardMs } of changedRuns) {
        changes.push({
          key: runKey(tenant, producer, id),
          value: numberedBytes(numbered, heardMs),
        });
      }
      changedRuns.clear();
      for (const [key, each] of heard) {
        if (!each.isChanged) continue;
        each.isChanged = false;
        changes.push({ key, value: Buffer.from(`${each.spansMs},${each.beatMs}`) });
      }
      if (nowMs - forgottenMs > FORGET_MS) {
        changes.push(...forgottenRuns(state, runs, nowMs));
        forgottenMs = nowMs;
      }
      return changes;
    },
  };
}

/** Counts a message and its place among those that its collector appended. */
export function noteMessage(
  { windows, heard }: Reconciled,
  message: Who & When & { readonly run?: RunPlace },
  accepted: number,
  read: number,
): void {
  const { tenant, producer, appendTimeMs } = message;
  windows.add(tenant, producer, appendTimeMs, 'accepted', accepted);
  windows.add(tenant, producer, appendTimeMs, 'read', read);
  heard(message, message.run, accepted, message);
}

/** Counts spans that got their bucket. */
export function notePlaced({ windows }: Reconciled, who: Who & When, spans: number): void {
  windows.add(who.tenant, who.producer, who.appendTimeMs, 'placed', spans);
}

/** Counts a span that got its bucket, and its number where its producer gave it one. */
export function noteSpan(reconciled: Reconciled, message: Who & When, span: Span): void {
  const { tenant, producer, appendTimeMs: nowMs } = message;
  notePlaced(reconciled, message, 1);
  const stream = span.attributes.get(streamIdAttribute);
  if (stream === undefined || !isStreamId(stream)) return;
  const at = { tenant, producer, stream, nowMs };
  const next = span.attributes.get(streamNextAttribute);
  if (isStreamNumber(next)) {
    reconciled.numbers.beat(at, next);
    reconciled.beat(message, message);
    return;
  }
  const number = span.attributes.get(streamNumberAttribute);
  if (isStreamNumber(number)) reconciled.numbers.note(at, 'met', number);
}

/** `<stream>/<number>`, as a reading keeps it; undefined for a span without one. */
export function spanNumberOf({ attributes }: Span): string | undefined {
  const stream = attributes.get(streamIdAttribute);
  const number = attributes.get(streamNumberAttribute);
  return isStreamId(stream) && isStreamNumber(number) ? `${stream}/${number}` : undefined;
}

/** Counts a record that is published, and marks the numbered spans that it holds. */
export function noteRecord(
  { windows, numbers }: Reconciled,
  { tenant, facts }: AuditRecord,
  held: readonly SpanNumber[],
): void {
  const { appendTimeUs, producers } = facts;
  const nowMs = appendTimeUs / 1000;
  windows.add(tenant, producers[0] ?? ANY_PRODUCER, nowMs, 'recorded', 1);
  for (const { producer, stream, number } of held) {
    numbers.note({ tenant, producer, stream, nowMs }, 'told', number);
  }
}

const FORGET_MS = 3_600_000;
/** Runs are forgotten a day after they were last heard of. */
const RUNS_KEPT_MS = 26 * 3_600_000;

function forgottenRuns(
  state: CommittedState,
  runs: Map<string, Run>,
  nowMs: number,
): readonly StateChange[] {
  const changes: StateChange[] = [];
  for (const [key, value] of state.scanState(runPrefix)) {
    if (runs.has(key) || readRun(value).heardMs > nowMs - RUNS_KEPT_MS) continue;
    changes.push({ key, value: null });
  }
  for (const [key, { heardMs }] of runs) {
    if (heardMs < nowMs - FORGET_MS) runs.delete(key);
  }
  return changes;
}

function readRun(value: Uint8Array | undefined): { numbered: Numbered; heardMs: number } {
  const stored = value && parseNumbered(value);
  const { next = 0, missing = [], heardMs = 0 } = stored ?? {};
  return { numbered: { next, missing }, heardMs };
}

// To the second: what changes with every message is written with every commit.
function setLater(heard: Heard, what: 'spansMs' | 'beatMs', nowMs: number): void {
  if (nowMs - heard[what] < 1_000) return;
  heard[what] = nowMs;
  heard.isChanged = true;
}
