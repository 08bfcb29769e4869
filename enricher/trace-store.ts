import type { OwnerView, StateChange } from '../event-log/event-log.ts';
import type { Deadlines } from './deadlines.ts';
import { clearDeadline, noDeadlines, setDeadline } from './deadlines.ts';
import type { SegmentName } from './trace-codec.ts';
import { decodeCounts, decodeTrace, encodeSegment, segmentNames } from './trace-codec.ts';
import { segmentCalls, segmentSpans } from './trace-codec.ts';
import type { Trace } from './trace-state.ts';
import { newTrace } from './trace-state.ts';

export type CommittedState = Pick<OwnerView, 'getState' | 'scanState'>;

export type TraceStoreOptions = {
  /** Spans kept in memory; more are read back from state. */
  readonly cachedSpansMax: number;
  /** How long a trace is remembered after its last span. */
  readonly indexMsMax: number;
};

/**
 * The traces of one partition: those of late in memory, all of them in committed state. Keys: `t/<tenant>/<trace>` the trace (`/s1`, `/c1` …
 * its further segments), `o/<deadline>/…` those that wait, `e/<hour>/<n>` a list of traces that may be forgotten by then.
 */
export type TraceStore = {
  readonly deadlines: Deadlines;
  /** The trace as of an append time: one that is due to be forgotten is empty, whether or not it has been deleted. */
  readonly open: (tenant: string, traceId: string, nowMs: number) => Trace;
  readonly openKey: (key: string, nowMs: number) => Trace;
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

const HOUR_MS = 3_600_000;

/** What the store knows of a trace beside the trace: what is written of it, and what is not yet. */
type Entry = {
  readonly key: string;
  readonly trace: Trace;
  readonly dirtySpans: Set<number>;
  readonly dirtyCalls: Set<number>;
  savedDueMs: number;
  /** Under which hour it is listed to be forgotten; 0 for none. */
  listedHour: number;
  savedSpans: number;
  savedCalls: number;
};

export function createTraceStore(state: CommittedState, options: TraceStoreOptions): TraceStore {
  const entries = new Map<string, Entry>();
  const byTrace = new WeakMap<Trace, Entry>();
  const dirty = new Set<Entry>();
  const deadlines = restoreDeadlines(state);
  let cachedSpans = 0;

  const expiryHour = (touchedMs: number) =>
    Math.floor((touchedMs + options.indexMsMax) / HOUR_MS) + 1;
  const expired = (trace: Trace, nowMs: number) =>
    trace.touchedMs > 0 && expiryHour(trace.touchedMs) <= Math.floor(nowMs / HOUR_MS);

  const openKey = (key: string, nowMs: number): Trace => {
    let entry = entries.get(key);
    if (entry) entries.delete(key);
    else {
      entry = loadEntry(state, key);
      if (entry.trace.touchedMs > 0) entry.listedHour = expiryHour(entry.trace.touchedMs);
      cachedSpans += entry.trace.nodes.length;
      byTrace.set(entry.trace, entry);
    }
    // Deleted and set again, so that the order of the map is that of last use.
    entries.set(key, entry);
    if (expired(entry.trace, nowMs)) empty(entry);
    return entry.trace;
  };
  const entryOf = (trace: Trace): Entry => {
    const entry = byTrace.get(trace);
    if (!entry) throw new Error('A trace belongs to a store.');
    return entry;
  };
  const touch = (entry: Entry) => {
    dirty.add(entry);
  };
  const empty = (entry: Entry) => {
    clearTrace(entry.trace);
    touch(entry);
  };
  const evict = () => {
    for (const [key, entry] of entries) {
      if (cachedSpans <= options.cachedSpansMax) return;
      entries.delete(key);
      cachedSpans -= entry.trace.nodes.length;
    }
  };

  return {
    deadlines,
    open: (tenant, traceId, nowMs) => openKey(keyOf(tenant, traceId), nowMs),
    openKey,
    touchSpan: (trace, index) => {
      const entry = entryOf(trace);
      entry.dirtySpans.add(Math.floor(index / segmentSpans));
      touch(entry);
    },
    touchCall: (trace, index) => {
      const entry = entryOf(trace);
      entry.dirtyCalls.add(Math.floor(index / segmentCalls));
      touch(entry);
    },
    setDue: (trace, dueMs) => {
      if (trace.dueMs === dueMs) return;
      const entry = entryOf(trace);
      if (trace.dueMs > 0) clearDeadline(deadlines, entry.key, trace.dueMs);
      if (dueMs > 0) setDeadline(deadlines, entry.key, dueMs);
      trace.dueMs = dueMs;
      touch(entry);
    },
    reset: (trace) => empty(entryOf(trace)),
    drain: (now, expiredMax) => {
      const changes: StateChange[] = [];
      const nowHour = Math.floor(now.appendTimeMs / HOUR_MS);
      const listed = new Map<number, string[]>();
      const kept = new Set<string>();
      for (const entry of dirty) {
        cachedSpans += entry.trace.nodes.length - entry.savedSpans;
        save(entry, changes);
        kept.add(entry.key);
        list(entry, Math.max(expiryHour(entry.trace.touchedMs), nowHour + 1), listed);
      }
      dirty.clear();
      for (const [hour, keys] of listed) changes.push(expiryList(hour, keys, now.offset));
      forget(state, { nowHour, max: expiredMax, kept, expiryHour }, changes);
      evict();
      return changes;
    },
  };
}

/** Notes under which hour a trace is to be forgotten, unless that is noted already. */
function list(entry: Entry, hour: number, listed: Map<number, string[]>): void {
  if (entry.listedHour === hour) return;
  entry.listedHour = hour;
  const keys = listed.get(hour);
  if (keys) keys.push(entry.key);
  else listed.set(hour, [entry.key]);
}

/** One entry a commit and hour: a key for each trace would be a random insert for each trace. */
function expiryList(hour: number, keys: readonly string[], offset: number): StateChange {
  const order = offset.toString(16).padStart(12, '0');
  return {
    key: `e/${hour.toString(16).padStart(8, '0')}/${order}`,
    value: Buffer.from(keys.join('\n')),
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

/** `<tenant>/<trace id>`, the tenant percent-encoded: what deadlines and keys of state are made of. */
function keyOf(tenant: string, traceId: string): string {
  return `${/^[\w.-]*$/.test(tenant) ? tenant : encodeURIComponent(tenant)}/${traceId}`;
}

function loadEntry(state: CommittedState, key: string): Entry {
  const [tenant = '', traceId = ''] = key.split('/');
  const base = state.getState(segmentKey(key, 'base'));
  const trace = base
    ? decodeTrace(decodeURIComponent(tenant), traceId, (name) => {
        const segment = name === 'base' ? base : state.getState(segmentKey(key, name));
        if (!segment) throw new Error(`State has no segment ${name} of ${key}.`);
        return segment;
      })
    : newTrace(decodeURIComponent(tenant), traceId);
  return {
    key,
    trace,
    dirtySpans: new Set(),
    dirtyCalls: new Set(),
    savedDueMs: trace.dueMs,
    listedHour: 0,
    savedSpans: trace.nodes.length,
    savedCalls: trace.calls.length,
  };
}

function clearTrace(trace: Trace): void {
  trace.nodes = [];
  trace.calls = [];
  trace.byId = new Map();
  trace.below = new Map();
  trace.inferences = 0;
}

function segmentKey(key: string, name: SegmentName): string {
  return name === 'base' ? `t/${key}` : `t/${key}/${name}`;
}

function dueKey(dueMs: number, key: string): string {
  return `o/${dueMs.toString(16).padStart(12, '0')}/${key}`;
}

const NOTHING = new Uint8Array(0);

function save(entry: Entry, changes: StateChange[]): void {
  const { key, trace } = entry;
  for (const name of segmentNames(trace.nodes.length, trace.calls.length)) {
    const index = Number(name.slice(1));
    const set = name.startsWith('s') ? entry.dirtySpans : entry.dirtyCalls;
    if (name !== 'base' && !set.has(index)) continue;
    changes.push({ key: segmentKey(key, name), value: encodeSegment(trace, name) });
  }
  deleteShrunk(entry, changes);
  if (entry.savedDueMs !== trace.dueMs) {
    if (entry.savedDueMs > 0) changes.push({ key: dueKey(entry.savedDueMs, key), value: null });
    if (trace.dueMs > 0) changes.push({ key: dueKey(trace.dueMs, key), value: NOTHING });
  }
  entry.savedDueMs = trace.dueMs;
  entry.savedSpans = trace.nodes.length;
  entry.savedCalls = trace.calls.length;
  entry.dirtySpans.clear();
  entry.dirtyCalls.clear();
}

function deleteShrunk({ key, trace, savedSpans, savedCalls }: Entry, changes: StateChange[]): void {
  if (trace.nodes.length >= savedSpans && trace.calls.length >= savedCalls) return;
  const kept = new Set(segmentNames(trace.nodes.length, trace.calls.length));
  for (const name of segmentNames(savedSpans, savedCalls)) {
    if (!kept.has(name)) changes.push({ key: segmentKey(key, name), value: null });
  }
}

type Expiry = {
  readonly nowHour: number;
  readonly max: number;
  /** Keys of traces that this commit writes. */
  readonly kept: ReadonlySet<string>;
  readonly expiryHour: (touchedMs: number) => number;
};

/** Deletes traces past their hour, a bounded number a commit. Whether they are deleted yet makes no difference to any record. */
function forget(state: CommittedState, expiry: Expiry, changes: StateChange[]): void {
  let left = expiry.max;
  for (const [listKey, value] of state.scanState('e/')) {
    if (left <= 0 || Number.parseInt(listKey.split('/')[1] ?? '', 16) > expiry.nowHour) return;
    changes.push({ key: listKey, value: null });
    for (const key of Buffer.from(value).toString().split('\n')) {
      left -= 1;
      // What this commit writes is listed anew by it.
      const base = expiry.kept.has(key) ? undefined : state.getState(segmentKey(key, 'base'));
      if (base) forgetTrace(key, base, expiry, changes);
    }
  }
}

function forgetTrace(key: string, base: Uint8Array, expiry: Expiry, changes: StateChange[]): void {
  const { spans, calls, touchedMs } = decodeCounts(base);
  // Seen again since it was listed: it stands in a later list too.
  if (expiry.expiryHour(touchedMs) > expiry.nowHour) return;
  for (const name of segmentNames(spans, calls)) {
    changes.push({ key: segmentKey(key, name), value: null });
  }
}
