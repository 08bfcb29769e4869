/**
 * What each stage counts of one minute, as committed with its output: keys and values of an owner's state that others may look at. A minute is
 * that of append time: of a span's message for what happens to spans, of a call's last span (`facts.appendTimeUs`) for what happens to records.
 */

export const WINDOW_MS = 60_000;

/**
 * `accepted` spans as their collector counted them, `read` out of the message, `placed` into a bucket; `recorded` records published, `sealed`
 * as leaves; `sent`, `filtered` and `refused` leaves at the SIEM exporter.
 */
export const stageCounts = [
  'accepted',
  'read',
  'placed',
  'recorded',
  'sealed',
  'sent',
  'filtered',
  'refused',
] as const;
export type StageCount = (typeof stageCounts)[number];

export type WindowCounts = Readonly<Partial<Record<StageCount, number>>>;

export const windowPrefix = 'window/';

/** Stands for the producer where a stage cannot tell it. */
export const ANY_PRODUCER = '*';

/** A window of one tenant and producer; `startMs` is the beginning of its minute, milliseconds since the epoch. */
export type Window = {
  readonly tenant: string;
  readonly producer: string;
  readonly startMs: number;
};

export function windowStart(timeMs: number): number {
  return Math.floor(timeMs / WINDOW_MS) * WINDOW_MS;
}

export function windowsOf(tenant: string): string {
  return `${windowPrefix}${encodeURIComponent(tenant)}/`;
}

export function windowKey({ tenant, producer, startMs }: Window): string {
  return `${windowsOf(tenant)}${encodeURIComponent(producer)}/${startMs / WINDOW_MS}`;
}

/** Undefined for a key of something else. */
export function parseWindowKey(key: string): Window | undefined {
  const [prefix, tenant, producer, minute] = key.split('/');
  if (`${prefix}/` !== windowPrefix || !tenant || !producer || !minute) return undefined;
  if (!/^\d{1,12}$/.test(minute)) return undefined;
  return {
    tenant: decodeURIComponent(tenant),
    producer: decodeURIComponent(producer),
    startMs: Number(minute) * WINDOW_MS,
  };
}

/** What is no such value counts nothing. */
export function readWindowCounts(value: Uint8Array | undefined): WindowCounts {
  const counts: Partial<Record<StageCount, number>> = {};
  const text = value === undefined ? '' : Buffer.from(value).toString('latin1');
  for (const [at, digits] of text.split(',').entries()) {
    const name = stageCounts[at];
    if (name !== undefined && /^\d{1,15}$/.test(digits)) counts[name] = Number(digits);
  }
  return counts;
}

function writeWindowCounts(counts: WindowCounts): Uint8Array {
  return Buffer.from(stageCounts.map((name) => counts[name] ?? '').join(','), 'latin1');
}

/** Where an owner had too many: from when on its windows are whole, milliseconds since the epoch, decimal. */
export const windowsFromKey = 'windows-from';

/** How long windows are kept, and how many an owner keeps: beyond either the oldest go. */
export const windowLimits = { windowsKeptMs: 26 * 3_600_000, windowsMax: 50_000 } as const;

type State = {
  readonly getState: (key: string) => Uint8Array | undefined;
  readonly scanState: (prefix: string) => Iterable<readonly [string, Uint8Array]>;
};
type Change = { readonly key: string; readonly value: Uint8Array | null };

/** Counts of an owner since its last commit, to be added to what is committed. */
export type WindowTally = {
  readonly add: (
    tenant: string,
    producer: string,
    timeMs: number,
    what: StageCount,
    by: number,
  ) => void;
  /** The committed counts with what was added since the last time; windows past their time are deleted now and then. */
  readonly drain: (nowMs: number) => readonly Change[];
};

export function createWindowTally(state: State): WindowTally {
  const cells = new Map<string, Partial<Record<StageCount, number>>>();
  let last = {
    tenant: '',
    producer: '',
    startMs: -1,
    cell: {} as Partial<Record<StageCount, number>>,
  };
  let prunedMs = 0;
  let made = 0;
  return {
    add: (tenant, producer, timeMs, what, by) => {
      const startMs = windowStart(timeMs);
      if (last.startMs !== startMs || last.producer !== producer || last.tenant !== tenant) {
        const key = windowKey({ tenant, producer, startMs });
        let cell = cells.get(key);
        if (!cell) cells.set(key, (cell = {}));
        last = { tenant, producer, startMs, cell };
      }
      last.cell[what] = (last.cell[what] ?? 0) + by;
    },
    drain: (nowMs) => {
      const changes: Change[] = [];
      for (const [key, added] of cells) {
        const stored = state.getState(key);
        if (stored === undefined) made += 1;
        changes.push({ key, value: writeWindowCounts(sumOf(readWindowCounts(stored), added)) });
      }
      cells.clear();
      last = { ...last, startMs: -1 };
      if (nowMs - prunedMs > PRUNE_MS || made > PRUNE_MADE_MAX) {
        changes.push(...expired(state, nowMs, new Set(changes.map(({ key }) => key))));
        prunedMs = nowMs;
        made = 0;
      }
      return changes;
    },
  };
}

// A look at all windows costs milliseconds: once an hour, or when many were made.
const PRUNE_MS = 3_600_000;
const PRUNE_MADE_MAX = 5_000;

function expired(state: State, nowMs: number, fresh: ReadonlySet<string>): readonly Change[] {
  const windows: { readonly key: string; readonly startMs: number }[] = [];
  for (const [key] of state.scanState(windowPrefix)) {
    const window = parseWindowKey(key);
    if (window && !fresh.has(key)) windows.push({ key, startMs: window.startMs });
  }
  windows.sort((a, b) => b.startMs - a.startMs);
  const last = windows[windowLimits.windowsMax];
  const cut = last
    ? [{ key: windowsFromKey, value: Buffer.from(`${last.startMs + WINDOW_MS}`) }]
    : [];
  const gone = windows
    .filter(({ startMs }) => {
      return (last && startMs <= last.startMs) || startMs < nowMs - windowLimits.windowsKeptMs;
    })
    .map(({ key }) => ({ key, value: null }));
  return [...gone, ...cut];
}

/** The sum of two counts, name by name. */
export function sumOf(one: WindowCounts, other: WindowCounts): WindowCounts {
  const sum: Partial<Record<StageCount, number>> = { ...one };
  for (const name of stageCounts) {
    const by = other[name];
    if (by !== undefined) sum[name] = (sum[name] ?? 0) + by;
  }
  return sum;
}
