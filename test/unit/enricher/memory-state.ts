import type { StateChange } from '../../../event-log/event-log.ts';
import type { CommittedState } from '../../../enricher/trace-store.ts';

/** Committed state in memory, as an owner's view of it behaves. */
export type MemoryState = CommittedState & {
  readonly entries: ReadonlyMap<string, Uint8Array>;
  apply(changes: readonly StateChange[]): void;
};

export function memoryState(): MemoryState {
  const entries = new Map<string, Uint8Array>();
  return {
    entries,
    getState: (key) => entries.get(key),
    scanState: (prefix) => [...entries].filter(([key]) => key.startsWith(prefix)).toSorted(byKey),
    apply: (changes) => {
      for (const { key, value } of changes) {
        if (value === null) entries.delete(key);
        else entries.set(key, Uint8Array.from(value));
      }
    },
  };
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
