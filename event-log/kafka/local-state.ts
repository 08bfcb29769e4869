import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { open } from 'lmdb';
import { z } from 'zod';
import { EventLogError } from '../errors.ts';
import type { OwnerView, Position, StateChange } from '../event-log.ts';
import { viewState } from '../view-state.ts';
import { TOMBSTONES_KEPT_MS } from './topic-plan.ts';

/**
 * One owner's positions and state on this machine's disk: a copy of what its changelog says up to some offset. It may be old or gone; the
 * changelog is the truth. Nothing here is synced: a copy that a power cut may have torn is not used again.
 */
export interface LocalState {
  readonly view: OwnerView;
  /** What the copy holds, and up to where; `undefined` in a new one. */
  mark(): LocalMark | undefined;
  /** Makes this holder the one that may write; an earlier one's writes are ignored from then on. */
  take(holder: string): void;
  /** Throws `EVENT_LOG_FULL` where the disk has no room for a change. */
  checkRoom(): void;
  /** One change of all, in order. Throws `EVENT_LOG_FULL`, and takes nothing. */
  apply(holder: string, change: LocalChange): void;
  /** Forgets everything, for the changelog to be read from its beginning. */
  clear(): void;
  close(): Promise<void>;
}

/** Next offsets of the two changelogs, and when that was so. */
export type LocalMark = {
  readonly state: number;
  readonly progress: number;
  readonly atMs: number;
};

export type LocalChange = {
  readonly mark: LocalMark;
  readonly positions: readonly Position[];
  readonly state: readonly StateChange[];
};

/** A copy is used for less than deletions stay visible in the changelog: otherwise it could keep what was deleted. */
export function isFresh(mark: LocalMark, nowMs: number): boolean {
  return Math.abs(nowMs - mark.atMs) < TOMBSTONES_KEPT_MS / 2;
}

/**
 * LMDB's binding writes beyond its buffer when it words a failed write, which can end the process at any time afterwards: it must not come to one.
 * As much as a change can be, and what others may write between the look and the write.
 */
const DISK_FREE_BYTES_MIN = 64 * 1024 * 1024;

export function openLocalState(
  folder: string,
  name: string,
  freeBytes: (folder: string) => number = freeBytesOf,
): LocalState {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${name}.mdb`);
  const env = openAfterBoot(path);
  const state = env.openDB<Buffer, string>('state', { encoding: 'binary' });
  const positions = env.openDB<Buffer, string>('positions', { encoding: 'binary' });
  const meta = env.openDB<Buffer, string>('meta', { encoding: 'binary' });
  const view = viewState({ state, positions, prefix: '', refresh: () => env.resetReadTxn() });
  const checkRoom = (): void => {
    const free = freeBytes(folder);
    if (free >= DISK_FREE_BYTES_MIN) return;
    throw new EventLogError('EVENT_LOG_FULL', `the disk of ${folder} has ${free} bytes left`);
  };
  return {
    view,
    checkRoom,
    mark: () => readMark(meta),
    take: (holder) => {
      env.transactionSync(() => void meta.put('holder', Buffer.from(holder)));
    },
    apply: (holder, change) => {
      checkRoom();
      env.transactionSync(() => {
        if (meta.get('holder')?.toString() !== holder) return;
        applyChange(state, positions, change);
        void meta.put('mark', Buffer.from(JSON.stringify(change.mark)));
      });
    },
    clear: () => {
      env.transactionSync(() => {
        state.clearSync();
        positions.clearSync();
        void meta.remove('mark');
      });
    },
    close: () => env.close(),
  };
}

function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function applyChange(
  state: Database<Buffer, string>,
  positions: Database<Buffer, string>,
  change: LocalChange,
): void {
  for (const { key, value } of change.state) {
    if (value === null) void state.remove(key);
    else void state.put(key, Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  }
  for (const { topic, partition, offset } of change.positions) {
    const value = Buffer.allocUnsafe(8);
    value.writeDoubleBE(offset);
    void positions.put(`${topic}/${partition}`, value);
  }
}

function readMark(meta: Database<Buffer, string>): LocalMark | undefined {
  const stored = meta.get('mark');
  if (stored === undefined) return undefined;
  const read = storedMark.safeParse(JSON.parse(stored.toString()));
  return read.success ? read.data : undefined;
}

const storedMark = z.object({ state: z.number(), progress: z.number(), atMs: z.number() });

/** Unsynced pages survive the end of a process, not that of the machine: then the file is begun anew. */
function openAfterBoot(path: string): RootDatabase<Buffer, string> {
  const boot = bootId();
  const known = existsSync(path) ? openEnvironment(path) : undefined;
  if (known?.get('boot')?.toString() === boot) return known;
  void known?.close();
  for (const file of [path, `${path}-lock`]) rmSync(file, { force: true });
  const env = openEnvironment(path);
  env.putSync('boot', Buffer.from(boot));
  return env;
}

function openEnvironment(path: string): RootDatabase<Buffer, string> {
  return open<Buffer, string>({
    path,
    noSubdir: true,
    noSync: true,
    overlappingSync: false,
    eventTurnBatching: false,
    mapSize: 2 ** 36,
    maxDbs: 8,
    encoding: 'binary',
  });
}

function bootId(): string {
  const file = '/proc/sys/kernel/random/boot_id';
  // Where the machine does not tell, no copy outlives its process.
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : `process ${process.pid}`;
}
