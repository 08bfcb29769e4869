import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RegistryError } from '../../registry/errors.ts';
import { readSecretKey } from '../../registry/master-key.ts';
import { CommandFailure } from '../failure.ts';
import { makeFolder } from '../make-folder.ts';
import { writeSecret } from '../first-start.ts';
import { DRAFT_SUFFIX } from './sealed-archive.ts';

/**
 * A folder of backups:
 *
 *     <time>.log.backup   the event log of that time, one a backup
 *     keys.backup         the master key, the signer, credentials: as they were at the last backup
 *     traces.backup       the keys of traces, likewise: one copy, so that what was erased since an older log was copied cannot come back with it
 *     control.backup      what was erased, held and declared of retention up to the last backup
 */
export const archiveNames = {
  keys: 'keys.backup',
  traces: 'traces.backup',
  control: 'control.backup',
} as const;

const SUFFIX = '.log.backup';
const LOG_NAME = /^(\d{8}T\d{9}Z)\.log\.backup$/;

export function logArchiveName(timeMs: number): string {
  return `${new Date(timeMs).toISOString().replaceAll(/[-:.]/g, '')}${SUFFIX}`;
}

export type LogArchive = { readonly file: string; readonly timeMs: number };

/** The backups of a folder, the oldest first. */
export async function logArchives(folder: string): Promise<readonly LogArchive[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new CommandFailure('usage', `waybill: cannot read ${folder}.`, cause);
  });
  return names.toSorted().flatMap((name) => {
    const digits = LOG_NAME.exec(name)?.[1];
    return digits === undefined ? [] : [{ file: join(folder, name), timeMs: timeOf(digits) }];
  });
}

function timeOf(digits: string): number {
  const iso = digits.replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z$/,
    '$1-$2-$3T$4:$5:$6.$7Z',
  );
  return Date.parse(iso);
}

/** Takes away the backups from before a time, but never the newest; gives how many. */
export async function dropBefore(folder: string, timeMs: number): Promise<number> {
  const archives = await logArchives(folder);
  const old = archives.slice(0, -1).filter((one) => one.timeMs < timeMs);
  for (const { file } of old) await rm(file);
  return old.length;
}

/** Takes away what backups that were broken off left half written: no name tells its age, and spans may not live on in it. */
export async function dropDrafts(folder: string): Promise<void> {
  const names = await readdir(folder);
  const drafts = names.filter((name) => name.endsWith(`.backup${DRAFT_SUFFIX}`));
  for (const name of drafts) await rm(join(folder, name));
}

/** The key of a folder of backups, 32 bytes. A new one is made where the file is missing and `make` says so. */
export async function readBackupKey(file: string, make: boolean): Promise<Buffer> {
  if (make && !existsSync(file)) {
    await makeFolder(dirname(file), 0o700);
    await writeSecret(file, randomBytes(32).toString('hex'), 'new');
  }
  return readSecretKey(file).catch((cause: unknown) => {
    if (!(cause instanceof RegistryError)) throw cause;
    throw new CommandFailure('failed', `waybill: the backup key: ${cause.message}`, cause);
  });
}

/** Whether something stands in a folder; one that is not there is empty. */
export async function isEmptyFolder(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length === 0;
}

/** A new or removed name is durable once its folder is synced. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}
