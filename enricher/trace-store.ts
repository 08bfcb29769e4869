import type { OwnerView, StateChange } from '../event-log/event-log.ts';
import type { Deadlines } from './deadlines.ts';
import { clearDeadline, noDeadlines, setDeadline } from './deadlines.ts';
import { createForgetting } from './forget-traces.ts';
import { decodeTrace, encodeSegment, segmentKey, segmentNames } from './trace-codec.ts';
import { segmentCalls, segmentSpans } from './trace-codec.ts';
import type { PayloadSpill } from './payload-spill.ts';
import { createPayloadSpill } from './payload-spill.ts';
import type { Trace } from './trace-state.ts';
import { clearTrace, newTrace } from './trace-state.ts';

export type CommittedState = Pick<OwnerView, 'getState' | 'scanState'>;

export type TraceStoreOptions = {
  /** Spans kept in memory; more are read back from state. */
  readonly cachedSpansMax: number;
  /** How long a trace is remembered after its last span. */
  readonly indexMsMax: number;
};

/**
 * The traces of one partition: those that come back in memory, all of them in committed state. Keys: `t/<tenant>/<trace>` the trace (`/s1`,
 * `/c1` … its further segments), `p/<tenant>/<trace>/<span>` what its calls wait with (`payload-spill.ts`), `o/<deadline>/…` those that wait, `e/<hour>/<n>` a list of traces that may be forgotten by then.
 */
export type TraceStore = {
  readonly deadlines: Deadlines;
  /** Where payloads lie until their calls are published. */
  readonly payloads: PayloadSpill;
  /** The trace as of an append time: one that is due to be forgotten is empty, whether or not it has been deleted. */
  readonly open: (tenant: string, traceId: string, nowMs: number) => Trace;
  readonly openKey: (key: string, nowMs: number) => Trace;
  /** The trace where something is known of it; nothing is made for one of which nothing is. */
  readonly find: (tenant: string, traceId: string, nowMs: number) => Trace | undefined;
  /** Marks what changed; by index of node or call. */
  readonly touchSpan: (trace: Trace, index: number) => void;
  readonly touchCall: (trace: Trace, index: number) => void;
  /** Sets when the trace is due; 0 for never. */
  readonly setDue: (trace: Trace, dueMs: number) => void;
  /** Empties a trace that became too large: its calls are published, and what comes later of them begins anew. */
  readonly reset: (trace: Trace) => void;
  /** State changes since the last time; deletes up to `expiredMax` traces that are past their time. */
  readonly drain: (
    now: { readonly offset: number; readonly appendTimeMs: number },
    expiredMax: number,
  ) => readonly StateChange[];
};

export function createTraceStore(state: CommittedState, options: TraceStoreOptions): TraceStore {
  const traces = new Map<string, Trace>();
  const dirty = new Set<Trace>();
  const deadlines = restoreDeadlines(state);
  const forgetting = createForgetting(state, options.indexMsMax);
  const payloads = createPayloadSpill(state);
  let cachedSpans = 0;

  const openKey = (key: string, nowMs: number, base?: Uint8Array): Trace => {
    let trace = traces.get(key);
    if (!trace) {
      trace = load(state, key, base ?? state.getState(segmentKey(key, 'base')));
      forgetting.noteLoaded(trace);
      cachedSpans += trace.saved.spans;
      traces.set(key, trace);
    }
    if (forgetting.isForgotten(trace, nowMs)) {
      empty(trace);
      trace.restarts = 0;
    }
    return trace;
  };
  const empty = (trace: Trace) => {
    for (const node of trace.nodes) if (node.spilled >= 0) payloads.drop(trace, node);
    clearTrace(trace);
    dirty.add(trace);
  };
  const drop = (trace: Trace) => {
    traces.delete(trace.key);
    cachedSpans -= trace.saved.spans;
  };
  /** Most traces come once, whole: only those that wait or came back are kept, the last used longest. */
  const keepOrDrop = (trace: Trace, isNew: boolean) => {
    drop(trace);
    if (isNew && trace.dueMs === 0) return;
    traces.set(trace.key, trace);
    cachedSpans += trace.saved.spans;
  };

  return {
    deadlines,
    payloads,
    open: (tenant, traceId, nowMs) => openKey(keyOf(tenant, traceId), nowMs),
    openKey: (key, nowMs) => openKey(key, nowMs),
    find: (tenant, traceId, nowMs) => {
      const key = keyOf(tenant, traceId);
      if (traces.has(key)) return openKey(key, nowMs);
      const base = state.getState(segmentKey(key, 'base'));
      return base === undefined ? undefined : openKey(key, nowMs, base);
    },
    touchSpan: (trace, index) => {
      const segment = Math.floor(index / segmentSpans);
      if (segment > 0) (trace.saved.dirtySpans ??= new Set()).add(segment);
      dirty.add(trace);
    },
    touchCall: (trace, index) => {
      const segment = Math.floor(index / segmentCalls);
      if (segment > 0) (trace.saved.dirtyCalls ??= new Set()).add(segment);
      dirty.add(trace);
    },
    setDue: (trace, dueMs) => {
      if (trace.dueMs === dueMs) return;
      if (trace.dueMs > 0) clearDeadline(deadlines, trace.key, trace.dueMs);
      if (dueMs > 0) setDeadline(deadlines, trace.key, dueMs);
      trace.dueMs = dueMs;
      dirty.add(trace);
    },
    reset: empty,
    drain: (now, expiredMax) => {
      const changes: StateChange[] = [];
      payloads.drain(changes);
      for (const trace of dirty) {
        const isNew = trace.saved.spans === 0;
        cachedSpans += trace.nodes.length - trace.saved.spans;
        save(trace, payloads, changes);
        forgetting.noteSaved(trace, now.appendTimeMs);
        keepOrDrop(trace, isNew);
      }
      forgetting.drain(now, { expiredMax, kept: dirty }, changes);
      dirty.clear();
      for (const trace of traces.values()) {
        if (cachedSpans <= options.cachedSpansMax) break;
        drop(trace);
      }
      return changes;
    },
  };
}

function restoreDeadlines(state: CommittedState): Deadlines {
  const deadlines = noDeadlines();
  for (const [key] of state.scanState('o/')) {
    const [, due = '', ...rest] = key.split('/');
    setDeadline(deadlines, rest.join('/'), Number.parseInt(due, 16));
  }
  return deadlines;
}

function keyOf(tenant: string, traceId: string): string {
  return `${/^[\w.-]*$/.test(tenant) ? tenant : encodeURIComponent(tenant)}/${traceId}`;
}

function load(state: CommittedState, key: string, base: Uint8Array | undefined): Trace {
  if (!base) return newTrace(key);
  const trace = decodeTrace(key, (name) => {
    const segment = name === 'base' ? base : state.getState(segmentKey(key, name));
    if (!segment) throw new Error(`State has no segment ${name} of ${key}.`);
    return segment;
  });
  trace.saved.dueMs = trace.dueMs;
  trace.saved.spans = trace.nodes.length;
  trace.saved.calls = trace.calls.length;
  return trace;
}

function dueKey(dueMs: number, key: string): string {
  return `o/${dueMs.toString(16).padStart(12, '0')}/${key}`;
}

const NOTHING = new Uint8Array(0);

function save(trace: Trace, payloads: PayloadSpill, changes: StateChange[]): void {
  const { key, saved } = trace;
  for (const name of segmentNames(trace.nodes.length, trace.calls.length)) {
    const dirty = name.startsWith('s') ? saved.dirtySpans : saved.dirtyCalls;
    const segment = name === 'base' ? 0 : Number(name.slice(1));
    if (segment > 0 && !dirty?.has(segment)) continue;
    if (!name.startsWith('c')) spillSegment(trace, segment, payloads, changes);
    changes.push({ key: segmentKey(key, name), value: encodeSegment(trace, name) });
  }
  deleteShrunk(trace, changes);
  if (saved.dueMs !== trace.dueMs) {
    if (saved.dueMs > 0) changes.push({ key: dueKey(saved.dueMs, key), value: null });
    if (trace.dueMs > 0) changes.push({ key: dueKey(trace.dueMs, key), value: NOTHING });
  }
  saved.dueMs = trace.dueMs;
  saved.spans = trace.nodes.length;
  saved.calls = trace.calls.length;
  saved.dirtySpans = null;
  saved.dirtyCalls = null;
}

function spillSegment(
  trace: Trace,
  segment: number,
  payloads: PayloadSpill,
  changes: StateChange[],
): void {
  const start = segment * segmentSpans;
  payloads.spill(trace, start, Math.min(trace.nodes.length, start + segmentSpans), changes);
}

function deleteShrunk({ key, nodes, calls, saved }: Trace, changes: StateChange[]): void {
  if (nodes.length >= saved.spans && calls.length >= saved.calls) return;
  const kept = new Set(segmentNames(nodes.length, calls.length));
  for (const name of segmentNames(saved.spans, saved.calls)) {
    if (!kept.has(name)) changes.push({ key: segmentKey(key, name), value: null });
  }
}
