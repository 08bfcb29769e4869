import type { StateChange } from '../event-log/event-log.ts';
import { decodeCounts, segmentKey, segmentNames } from './trace-codec.ts';
import { spillPrefix } from './payload-spill.ts';
import type { Trace } from './trace-state.ts';
import type { CommittedState } from './trace-store.ts';

/**
 * When traces are forgotten. Each is listed under the hour by which it may be, one list a commit and hour: a key for each would be a random
 * insert for each. One that is seen again stands in a later list, too. Deleting is lazy, and makes no difference to any record.
 */
export type Forgetting = {
  readonly isForgotten: (trace: Trace, nowMs: number) => boolean;
  readonly noteLoaded: (trace: Trace) => void;
  readonly noteSaved: (trace: Trace, nowMs: number) => void;
  readonly drain: (
    now: { readonly offset: number; readonly appendTimeMs: number },
    bounds: Bounds,
    changes: StateChange[],
  ) => void;
};

type Bounds = {
  /** How many traces are deleted, beyond the first list. */
  readonly expiredMax: number;
  /** Traces that this commit writes. */
  readonly kept: ReadonlySet<Trace>;
};

const HOUR_MS = 3_600_000;

export function createForgetting(state: CommittedState, indexMsMax: number): Forgetting {
  const hourOf = (touchedMs: number) => Math.floor((touchedMs + indexMsMax) / HOUR_MS) + 1;
  let listed = new Map<number, string[]>();
  const deleteIfPast = (key: string, base: Uint8Array, nowHour: number, to: StateChange[]) => {
    const { spans, calls, dueMs, touchedMs } = decodeCounts(base);
    // One that still waits is listed anew when it is published.
    if (dueMs > 0 || hourOf(touchedMs) > nowHour) return;
    for (const name of segmentNames(spans, calls)) {
      to.push({ key: segmentKey(key, name), value: null });
    }
    for (const [spilled] of state.scanState(spillPrefix(key)))
      to.push({ key: spilled, value: null });
  };
  return {
    // One that still waits is published first, however late that is.
    isForgotten: ({ touchedMs, dueMs }, nowMs) =>
      dueMs === 0 && touchedMs > 0 && hourOf(touchedMs) <= Math.floor(nowMs / HOUR_MS),
    noteLoaded: (trace) => {
      if (trace.touchedMs > 0) trace.saved.listedHour = hourOf(trace.touchedMs);
    },
    noteSaved: (trace, nowMs) => {
      const hour = Math.max(hourOf(trace.touchedMs), Math.floor(nowMs / HOUR_MS) + 1);
      if (trace.saved.listedHour === hour) return;
      trace.saved.listedHour = hour;
      const keys = listed.get(hour);
      if (keys) keys.push(trace.key);
      else listed.set(hour, [trace.key]);
    },
    drain: ({ offset, appendTimeMs }, { expiredMax, kept }, changes) => {
      for (const [hour, keys] of listed) {
        changes.push({ key: listKey(hour, offset), value: Buffer.from(keys.join('\n')) });
      }
      listed = new Map();
      const nowHour = Math.floor(appendTimeMs / HOUR_MS);
      const keptKeys = new Set([...kept].map(({ key }) => key));
      let left = expiredMax;
      for (const [key, value] of state.scanState('e/')) {
        if (left <= 0 || Number.parseInt(key.split('/')[1] ?? '', 16) > nowHour) return;
        changes.push({ key, value: null });
        for (const traceKey of Buffer.from(value).toString().split('\n')) {
          left -= 1;
          const base = keptKeys.has(traceKey)
            ? undefined
            : state.getState(segmentKey(traceKey, 'base'));
          if (base) deleteIfPast(traceKey, base, nowHour, changes);
        }
      }
    },
  };
}

function listKey(hour: number, offset: number): string {
  return `e/${hour.toString(16).padStart(8, '0')}/${offset.toString(16).padStart(12, '0')}`;
}
