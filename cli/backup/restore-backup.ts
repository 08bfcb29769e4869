import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { openEmbeddedLog } from '../../event-log/embedded.ts';
import type { LostLeaves, RestoredSigner } from '../../ledger/restore-signer.ts';
import { lostLeaves, restoreSigner } from '../../ledger/restore-signer.ts';
import { eventMessage } from '../../registry/event-message.ts';
import { CommandFailure, failureOf } from '../failure.ts';
import { makeFolder } from '../make-folder.ts';
import { FIRST_TENANT } from '../first-start.ts';
import { archiveNames, isEmptyFolder, logArchives, syncFolder } from './backup-folder.ts';
import { carryOver } from './control-events.ts';
import { readArchive } from './sealed-archive.ts';

export type RestoreOrder = {
  readonly folder: string;
  readonly key: Uint8Array;
  /** Made; it must not hold anything. */
  readonly dataDirectory: string;
  /** The newest backup that is not younger, milliseconds since the epoch. */
  readonly atMs: number;
  /** Signed heads that were kept elsewhere. */
  readonly heads: readonly string[];
  /** Go on although heads show that leaves are lost. */
  readonly acceptLoss: boolean;
  readonly clock: () => number;
};

export type Restored = RestoredSigner & {
  readonly timeMs: number;
  readonly lost: readonly LostLeaves[];
  /** Erasures, holds and retention of later that were carried over. */
  readonly carried: number;
};

/**
 * Makes a data directory of a backup: all of it or nothing. What was erased after the backup stays erased: keys are those of the last backup of the folder, and what was asked since is
 * asked again. The store is made by the next start, of the log.
 */
export async function restoreBackup(order: RestoreOrder): Promise<Restored> {
  const dataDirectory = resolve(order.dataDirectory);
  if (!(await isEmptyFolder(dataDirectory))) {
    throw new CommandFailure('usage', `waybill restore: ${dataDirectory} is not empty.`);
  }
  const chosen = (await logArchives(order.folder)).filter((one) => one.timeMs <= order.atMs).at(-1);
  if (chosen === undefined) {
    throw new CommandFailure('failed', `waybill restore: ${order.folder} has no such backup.`);
  }
  const work = `${dataDirectory}.restoring`;
  if (existsSync(work)) {
    throw new CommandFailure('failed', `waybill restore: ${work} is there: remove it first.`);
  }
  await makeFolder(work, 0o700);
  try {
    await unpack(order, chosen.file, work);
    const restored = await makeReady(order, work, chosen.timeMs);
    await rm(dataDirectory, { recursive: true, force: true });
    // Commit point: the directory has its name, with all that is in it on disk.
    await rename(work, dataDirectory);
    await syncFolder(dirname(dataDirectory));
    return restored;
  } catch (error) {
    await rm(work, { recursive: true, force: true });
    throw failureOf('restore', error);
  }
}

async function unpack({ folder, key }: RestoreOrder, file: string, work: string): Promise<void> {
  await readArchive(join(folder, archiveNames.keys), key, work);
  await readArchive(join(folder, archiveNames.traces), key, join(work, 'keys', 'traces'));
  await readArchive(file, key, join(work, 'log'));
  await readArchive(join(folder, archiveNames.control), key, join(work, 'restoring'));
}

async function makeReady(order: RestoreOrder, work: string, timeMs: number): Promise<Restored> {
  const log = await openEmbeddedLog({ folder: join(work, 'log') });
  try {
    const signerFolder = join(work, 'keys', 'signer');
    const lost = await lostLeaves(log, signerFolder, order.heads);
    if (lost.length > 0 && !order.acceptLoss) throw lossOf(lost);
    const signer = await restoreSigner(log, signerFolder);
    const control = await readFile(join(work, 'restoring', 'control'), 'utf8');
    const carried = await carryOver(log, control);
    await rm(join(work, 'restoring'), { recursive: true });
    const restored = { ...signer, timeMs, lost, carried };
    await log.append([restoredEvent(restored, order.clock())]);
    return restored;
  } finally {
    await log.close();
  }
}

function lossOf(lost: readonly LostLeaves[]): CommandFailure {
  const told = lost.map(({ logId, from, to }) => `  ${logId}: leaves ${from} to ${to - 1}`);
  const message = `waybill restore: somebody holds signed heads of what this backup does not hold:\n${told.join('\n')}\nRestore a later one, or say --accept-loss: the log will tell of it.`;
  return new CommandFailure('failed', message);
}

/** The leaf that tells of it: from which name to which, how far each log is here, and what is known to be lost. */
function restoredEvent({ before, after, logs, lost, timeMs }: Restored, nowMs: number) {
  const body = JSON.stringify({ takenAtMs: timeMs, before, after, logs, lost });
  const event = { eventId: randomUUID(), tenant: FIRST_TENANT, type: 'store_restored' } as const;
  return eventMessage({ ...event, timeUs: nowMs * 1000, actor: null, digest: null, body });
}
