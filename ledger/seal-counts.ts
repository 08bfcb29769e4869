import type { OwnerView, StateChange } from '../event-log/event-log.ts';
import { createSpanNumberTally } from '../schemas/span-number-tally.ts';
import type { SpanNumber } from '../schemas/span-numbers.ts';
import { createWindowTally } from '../schemas/window-counts.ts';

/** What a leaf counts for in the reconciliation. */
export type CountedLeaf = {
  readonly tenant: string;
  readonly producer: string;
  readonly timeMs: number;
  /** Numbered spans that its record holds. */
  readonly numbers: readonly SpanNumber[];
};

/** Counts of sealed leaves by window, and which numbered spans they hold: committed with the end of the batch that they are in. */
export type SealCounts = {
  readonly changesOf: (leaves: readonly CountedLeaf[], nowMs: number) => readonly StateChange[];
};

export function createSealCounts(state: Pick<OwnerView, 'getState' | 'scanState'>): SealCounts {
  const windows = createWindowTally(state);
  const spans = createSpanNumberTally(state);
  return {
    changesOf: (leaves, nowMs) => {
      for (const { tenant, producer, timeMs, numbers } of leaves) {
        windows.add(tenant, producer, timeMs, 'sealed', 1);
        for (const { producer: sender, stream, number } of numbers) {
          spans.note({ tenant, producer: sender, stream, nowMs: timeMs }, 'met', number);
        }
      }
      return [...windows.drain(nowMs), ...spans.drain()];
    },
  };
}
