import { describe, expect, it } from 'vitest';
import { keepBackingUp } from '../../../../cli/backup/keep-backing-up.ts';
import type { TakenBackup } from '../../../../cli/backup/take-backup.ts';
import { CommandFailure } from '../../../../cli/failure.ts';

const backup: TakenBackup = { timeMs: 1, file: 'a', bytes: 2, dropped: 0 };

/** Runs until so many were tried; gives what was told. */
async function told(take: (at: number) => TakenBackup, tries: number): Promise<readonly string[]> {
  const end = new AbortController();
  const lines: string[] = [];
  let tried = 0;
  const takeOne = async (): Promise<TakenBackup> => {
    tried += 1;
    if (tried === tries) end.abort();
    return Promise.resolve(take(tried));
  };
  await keepBackingUp(takeOne, 5, end.signal, {
    taken: ({ file }) => lines.push(file),
    failed: (sentence) => lines.push(sentence),
  });
  return lines;
}

describe('backups on a schedule', () => {
  it('come one after the other, the one under way at the end finished', async () => {
    expect(await told(() => backup, 3)).toEqual(['a', 'a', 'a']);
  });

  it('go on after one that failed, which is told of', async () => {
    const take = (at: number): TakenBackup => {
      if (at === 2) throw new CommandFailure('failed', 'the disk is full');
      return backup;
    };
    expect(await told(take, 3)).toEqual(['a', 'the disk is full', 'a']);
  });

  it('end where what was asked for cannot be', async () => {
    const take = (): TakenBackup => {
      throw new CommandFailure('usage', 'no data directory');
    };
    await expect(told(take, 3)).rejects.toThrow('no data directory');
  });

  it('are not begun once they are told to end', async () => {
    const take = async (): Promise<TakenBackup> => Promise.reject(new Error('it was begun'));
    const teller = { taken: () => undefined, failed: () => undefined };
    await keepBackingUp(take, 5, AbortSignal.abort(), teller);
  });
});
