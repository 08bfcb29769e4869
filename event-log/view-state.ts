import type { Database } from 'lmdb';
import type { OwnerView } from './event-log.ts';
import { getCopy } from './journal.ts';

export type StoredState = {
  /** `prefix` + key → value. */
  readonly state: Database<Buffer, string>;
  /** `prefix` + topic/partition → offset. */
  readonly positions: Database<Buffer, string>;
  /** What the owner's keys begin with in a file of several owners. */
  readonly prefix: string;
  /** Called before a position is read, so that what another thread committed is seen. */
  readonly refresh?: () => void;
};

/** Positions and state of an owner as they lie in LMDB. */
export function viewState({ state, positions, prefix, refresh }: StoredState): OwnerView {
  return {
    position: (topic, partition) => {
      refresh?.();
      return getCopy(positions, `${prefix}${topic}/${partition}`)?.readDoubleBE(0) ?? 0;
    },
    getState: (key) => getCopy(state, prefix + key),
    scanState: (start) => scan(state, prefix + start, prefix.length),
  };
}

function* scan(
  state: Database<Buffer, string>,
  prefix: string,
  cutBytes: number,
): Generator<readonly [string, Uint8Array]> {
  // A copy of the keys first: values are read one by one, so that a consumer that takes its time holds no read transaction.
  for (const key of keysWithPrefix(state, prefix)) {
    const value = getCopy(state, key);
    if (value !== undefined) yield [key.slice(cutBytes), value];
  }
}

function keysWithPrefix(state: Database<Buffer, string>, prefix: string): string[] {
  const keys: string[] = [];
  for (const key of state.getKeys({ start: prefix })) {
    if (!key.startsWith(prefix)) break;
    keys.push(key);
  }
  return keys;
}
