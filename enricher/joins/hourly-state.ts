import { hash } from 'node:crypto';
import type { StateChange } from '../../event-log/event-log.ts';
import type { CommittedState } from '../trace-store.ts';

/**
 * Short lists under a name that are kept for one to two hours: what waits for something that comes soon or never. State:
 * `<prefix>/<hour>/<hash of the name>`.
 */
export type HourlyState<T> = {
  /** What was kept under the name in the hour of `nowMs`, and in the one before. */
  readonly read: (name: string, nowMs: number) => Kept<T>;
  readonly write: (key: string, list: readonly T[]) => void;
  readonly drain: (nowMs: number, expiredMax: number) => readonly StateChange[];
};

type Kept<T> = {
  readonly nowKey: string;
  readonly beforeKey: string;
  readonly now: readonly T[];
  readonly before: readonly T[];
};

const HOUR_MS = 3_600_000;

export function createHourlyState<T>(state: CommittedState, prefix: string): HourlyState<T> {
  const changed = new Map<string, readonly T[]>();
  const listAt = (key: string): readonly T[] => {
    const known = changed.get(key);
    if (known) return known;
    const value = state.getState(key);
    if (!value) return [];
    const list: readonly T[] = JSON.parse(Buffer.from(value).toString());
    return list;
  };
  return {
    read: (name, nowMs) => {
      const hour = Math.floor(nowMs / HOUR_MS);
      const named = hash('sha256', name, 'hex').slice(0, 32);
      const [nowKey, beforeKey] = [hour, hour - 1].map((each) => keyOf(prefix, each, named));
      const [now, before] = [listAt(nowKey ?? ''), listAt(beforeKey ?? '')];
      return { nowKey: nowKey ?? '', beforeKey: beforeKey ?? '', now, before };
    },
    write: (key, list) => changed.set(key, list),
    drain: (nowMs, expiredMax) => {
      const changes: StateChange[] = [];
      for (const [key, list] of changed) {
        if (list.length > 0) changes.push({ key, value: Buffer.from(JSON.stringify(list)) });
      }
      changed.clear();
      // As many more as were written: what comes in faster than it goes would stay for ever.
      const deletedMax = expiredMax + changes.length;
      const oldest = Math.floor(nowMs / HOUR_MS) - 1;
      let deleted = 0;
      for (const [key] of state.scanState(`${prefix}/`)) {
        const isKept = Number.parseInt(key.split('/')[1] ?? '', 16) >= oldest;
        if (isKept || deleted >= deletedMax) break;
        deleted += 1;
        changes.push({ key, value: null });
      }
      return changes;
    },
  };
}

function keyOf(prefix: string, hour: number, named: string): string {
  return `${prefix}/${hour.toString(16).padStart(8, '0')}/${named}`;
}
