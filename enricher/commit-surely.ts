import { setTimeout as wait } from 'node:timers/promises';
import { EventLogError } from '../event-log/errors.ts';
import type { Commit, Owner } from '../event-log/event-log.ts';
import { EnricherError } from './errors.ts';

type Committing = {
  readonly owner: Owner;
  readonly partition: number;
  readonly config: { readonly retryMs: number };
  readonly metrics: { commits: number; commitRetries: number; refused: boolean };
};

/**
 * Tries until it holds, unless trying again cannot help. A commit that failed took nothing. Throws `ENRICHER_STOPPED_READING` when the
 * partition is no longer ours, the log is broken, or the signal came first.
 */
export async function commitSurely(
  { owner, partition, config, metrics }: Committing,
  work: Commit,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      // Commit point: records, state and position are durable together. Before it, the batch is read and enriched anew.
      await owner.commit(work);
      metrics.commits += 1;
      metrics.refused = false;
      return;
    } catch (cause) {
      const retryable = cause instanceof EventLogError && cause.kind === 'retryable';
      if (!retryable || signal.aborted) {
        const detail = `Partition ${partition} could not commit.`;
        throw new EnricherError('ENRICHER_STOPPED_READING', detail, { cause });
      }
      metrics.commitRetries += 1;
      metrics.refused = true;
      await wait(config.retryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
