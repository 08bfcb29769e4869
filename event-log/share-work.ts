import { setTimeout as wait } from 'node:timers/promises';
import { EventLogError } from './errors.ts';
import type { PartitionWork, SharedWork } from './event-log.ts';

/** Work on the partitions that are ours at the moment. */
export interface WorkSet extends SharedWork {
  /** From now on these are ours: work on others is told to end, work on new ones begins. */
  assign(partitions: readonly number[]): void;
}

export type WorkSetOptions = {
  /** Whether work is begun again after a failure that may pass, or that a newer owner explains; else any failure is one of all. */
  readonly isBegunAgain: boolean;
};

const RETRY_FIRST_MS = 200;
const RETRY_MS_MAX = 5000;

type Running = { readonly stop: AbortController; readonly ended: Promise<void> };

export function createWorkSet(work: PartitionWork, options: WorkSetOptions): WorkSet {
  const running = new Map<number, Running>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let isStopped = false;

  async function keep(partition: number, before: Promise<void>, signal: AbortSignal) {
    await before;
    for (let pauseMs = RETRY_FIRST_MS; !signal.aborted;) {
      try {
        await work(partition, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!options.isBegunAgain || !mayPass(error)) {
          failed.reject(error);
          return;
        }
        await wait(pauseMs, undefined, { signal }).catch(() => undefined);
        pauseMs = Math.min(2 * pauseMs, RETRY_MS_MAX);
      }
    }
  }

  function begin(partition: number): void {
    const stop = new AbortController();
    const before = running.get(partition)?.ended ?? Promise.resolve();
    running.set(partition, { stop, ended: keep(partition, before, stop.signal) });
  }

  return {
    failed: failed.promise,
    assign(partitions) {
      if (isStopped) return;
      for (const [partition, { stop }] of running) {
        if (!partitions.includes(partition)) stop.abort();
      }
      for (const partition of partitions) {
        const known = running.get(partition);
        if (known === undefined || known.stop.signal.aborted) begin(partition);
      }
    },
    async stop() {
      isStopped = true;
      for (const { stop } of running.values()) stop.abort();
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}

/** Every partition, for as long as the work is not stopped. */
export function workOnAll(partitions: number, work: PartitionWork): SharedWork {
  const set = createWorkSet(work, { isBegunAgain: false });
  set.assign(Array.from({ length: partitions }, (_, partition) => partition));
  return set;
}

/** A room wraps the log's error in one of its own. */
function mayPass(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 4; depth += 1) {
    if (cause instanceof EventLogError) {
      return cause.kind === 'retryable' || cause.code === 'EVENT_LOG_FENCED';
    }
    cause = cause.cause;
  }
  return false;
}
