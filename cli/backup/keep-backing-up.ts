import { setTimeout as wait } from 'node:timers/promises';
import { CommandFailure } from '../failure.ts';
import type { TakenBackup } from './take-backup.ts';

/** What tells of one backup after the other. */
export type BackupTeller = {
  readonly taken: (backup: TakenBackup) => void;
  readonly failed: (sentence: string) => void;
};

/**
 * Takes a backup at once and then at every interval, from beginning to beginning, until the signal; one that is under way then is finished. One that fails is told of, and the next is taken
 * in its turn: a disk that is full or away for an hour is no reason to take none for good. A mistake of who asked ends it.
 */
export async function keepBackingUp(
  take: () => Promise<TakenBackup>,
  everyMs: number,
  signal: AbortSignal,
  tell: BackupTeller,
): Promise<void> {
  for (let dueMs = performance.now(); !signal.aborted; dueMs += everyMs) {
    const lateMs = performance.now() - dueMs;
    // What came due while one took longer than the interval is left out.
    if (lateMs >= everyMs) dueMs += Math.floor(lateMs / everyMs) * everyMs;
    await wait(Math.max(0, dueMs - performance.now()), undefined, { signal }).catch(
      () => undefined,
    );
    if (signal.aborted) return;
    try {
      tell.taken(await take());
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.kind === 'usage') throw error;
      tell.failed(error.message);
    }
  }
}
