import { openEmbeddedLog } from '../event-log/embedded.ts';
import { topics } from '../schemas/topics.ts';

/** Spans are kept this long after their append, always less than the promised time of erasure. */
export const SPANS_KEPT_MS = 72 * 3_600_000;
const EVERY_MS = 3_600_000;

export type RetentionOptions = {
  /** The event log's folder. */
  readonly folder: string;
  readonly clock: () => number;
  /** Told when a reader holds something back, or when trimming fails; it is tried again an hour later. */
  readonly onTrouble: (sentence: string) => void;
};

export type Retention = { stop(): Promise<void> };

/**
 * Drops, at start and then once an hour, the days of spans that are past their time and that the enricher has read, and the directory's
 * tombstones. Records and registry events stay: they are evidence.
 */
export async function keepRetention(options: RetentionOptions): Promise<Retention> {
  const log = await openEmbeddedLog({ folder: options.folder });
  const trim = async (): Promise<void> => {
    const before = options.clock() - SPANS_KEPT_MS;
    const { heldBackBy } = await log.trim(topics.spans, before, ['enricher']);
    if (heldBackBy.length > 0) {
      options.onTrouble(
        `Spans older than 72 h are kept: ${heldBackBy.join(', ')} has not read them.`,
      );
    }
    await log.trim(topics.joins, before, ['enricher']);
    await log.trim(topics.directory, before, []);
  };
  let running = guard(trim, options.onTrouble);
  const timer = setInterval(() => {
    running = running.then(() => guard(trim, options.onTrouble));
  }, EVERY_MS);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
      await log.close();
    },
  };
}

async function guard(work: () => Promise<void>, onTrouble: (s: string) => void): Promise<void> {
  try {
    await work();
  } catch (error) {
    onTrouble(
      `Old spans could not be dropped: ${error instanceof Error ? error.message : 'unknown'}`,
    );
  }
}
