import type { StateChange } from '../event-log/event-log.ts';
import type { SpanBucket, SpanCount } from '../schemas/state-keys.ts';
import { countKey } from '../schemas/state-keys.ts';

/** Counts of spans a tenant, producer and bucket: loaded when first needed, written when changed. */
export type SpanCounts = {
  readonly add: (tenant: string, producer: string, count: SpanCount, by: number) => void;
  readonly move: (from: SpanBucket, to: SpanBucket, who: CountedSpan) => void;
  /** What changed since the last time. */
  readonly drain: () => readonly StateChange[];
};

export type CountedSpan = { readonly tenant: string; readonly producer: string };

type Cell = { readonly key: string; value: number };

export function createSpanCounts(getState: (key: string) => Uint8Array | undefined): SpanCounts {
  // As many as producers exist: operators make those, spans do not.
  const tenants = new Map<string, Map<string, Map<SpanCount, Cell>>>();
  const changed = new Set<Cell>();
  const add: SpanCounts['add'] = (tenant, producer, count, by) => {
    const cells = entry(entry(tenants, tenant), producer);
    let cell = cells.get(count);
    if (!cell) {
      const key = countKey(tenant, producer, count);
      cell = { key, value: Number(Buffer.from(getState(key) ?? []).toString() || '0') };
      cells.set(count, cell);
    }
    cell.value += by;
    changed.add(cell);
  };
  return {
    add,
    move: (from, to, { tenant, producer }) => {
      add(tenant, producer, from, -1);
      add(tenant, producer, to, 1);
    },
    drain: () => {
      const changes = [...changed].map(({ key, value }) => ({
        key,
        value: Buffer.from(`${value}`),
      }));
      changed.clear();
      return changes;
    },
  };
}

function entry<K, V, W>(maps: Map<K, Map<V, W>>, key: K): Map<V, W> {
  const known = maps.get(key);
  if (known) return known;
  const made = new Map<V, W>();
  maps.set(key, made);
  return made;
}
