import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyEmbeddedLog } from '../../event-log/copy-log.ts';
import type { FolderLock } from '../../event-log/folder-lock.ts';
import { lockFolder } from '../../event-log/folder-lock.ts';
import { CommandFailure, failureOf } from '../failure.ts';
import { makeFolder } from '../make-folder.ts';
import { keyFilesOf } from '../first-start.ts';
import {
  archiveNames,
  dropBefore,
  dropDrafts,
  logArchiveName,
  syncFolder,
} from './backup-folder.ts';
import { peekControlEvents } from './control-events.ts';
import type { ArchivedFile } from './sealed-archive.ts';
import { draftArchive, nameArchive } from './sealed-archive.ts';

export type BackupOrder = {
  readonly dataDirectory: string;
  readonly folder: string;
  readonly key: Uint8Array;
  /** Older backups go; none holds what was erased longer than that. */
  readonly keepHours: number;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

export type TakenBackup = {
  /** Whatever was acknowledged before it is in the backup; milliseconds since the epoch. */
  readonly timeMs: number;
  readonly file: string;
  readonly bytes: number;
  readonly dropped: number;
};

/**
 * Takes a backup of a data directory that may be in use. The store is not in it: it is made again of the log, so that what is in the backup is of one moment and no value lies in
 * it but under the key of its trace. Keys come after the log, so that every key that it needs is there, and what was destroyed meanwhile is told after them.
 */
export async function takeBackup(order: BackupOrder): Promise<TakenBackup> {
  const { dataDirectory, folder, key, clock } = order;
  const logFolder = join(dataDirectory, 'log');
  if (!existsSync(join(logFolder, 'main.mdb'))) {
    throw new CommandFailure('usage', `waybill backup: ${dataDirectory} is no data directory.`);
  }
  await makeFolder(folder, 0o700);
  const work = join(dataDirectory, 'backup-work');
  const lock = await beginWork(work);
  try {
    const timeMs = clock();
    const file = join(folder, logArchiveName(timeMs));
    await dropDrafts(folder);
    await copyEmbeddedLog(logFolder, join(work, 'log'));
    const bytes = await draftArchive(file, key, await filesOf(join(work, 'log'), ''));
    await draftKeys(order);
    await writeFile(join(work, 'control'), await peekControlEvents(logFolder), { mode: 0o600 });
    const control = [{ name: 'control', path: join(work, 'control') }];
    await draftArchive(join(folder, archiveNames.control), key, control);
    // Erasures that are told before their keys are gone are carried out again; a log without the keys that it needs would be taken for erased.
    for (const name of [archiveNames.control, archiveNames.traces, archiveNames.keys]) {
      await nameArchive(join(folder, name));
    }
    await syncFolder(folder);
    // Commit point: from here on the backup is there. If we die before, the one before it holds, with newer keys.
    await nameArchive(file);
    const dropped = await dropBefore(folder, timeMs - order.keepHours * 3_600_000);
    await syncFolder(folder);
    return { timeMs, file, bytes, dropped };
  } catch (error) {
    await dropDrafts(folder).catch(() => undefined);
    throw failureOf('backup', error);
  } finally {
    await clear(work);
    lock.release();
  }
}

/** One backup at a time; what one that was broken off left behind goes. */
async function beginWork(work: string): Promise<FolderLock> {
  await mkdir(work, { recursive: true, mode: 0o700 });
  try {
    const lock = lockFolder(work);
    await clear(work);
    return lock;
  } catch (cause) {
    throw new CommandFailure('failed', 'waybill backup: another backup is being taken.', cause);
  }
}

async function clear(work: string): Promise<void> {
  await rm(join(work, 'log'), { recursive: true, force: true });
  await rm(join(work, 'control'), { force: true });
}

async function draftKeys({ dataDirectory, folder, key }: BackupOrder): Promise<void> {
  const keys = keyFilesOf(dataDirectory);
  const traces = join(keys.folder, 'traces');
  const all = await filesOf(keys.folder, 'keys/');
  const own = all.filter(({ name }) => !name.startsWith('keys/traces/'));
  const credentials = { name: 'credentials.json', path: keys.credentialsFile };
  const owned = existsSync(keys.credentialsFile) ? [...own, credentials] : own;
  await draftArchive(join(folder, archiveNames.keys), key, owned);
  const held = existsSync(traces) ? await filesOf(traces, '') : [];
  await draftArchive(join(folder, archiveNames.traces), key, held);
}

/** Every file below a folder, by its name within it. Those half written are not theirs yet. */
async function filesOf(folder: string, prefix: string): Promise<readonly ArchivedFile[]> {
  const names = await readdir(folder, { recursive: true });
  const files: ArchivedFile[] = [];
  for (const name of names.toSorted()) {
    const path = join(folder, name);
    if (/\.new$|-lock$/.test(name) || !(await stat(path)).isFile()) continue;
    files.push({ name: `${prefix}${name}`, path });
  }
  return files;
}
