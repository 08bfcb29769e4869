import { closeSync, openSync, readFileSync, ftruncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DataType, load, open } from 'ffi-rs';
import { EventLogError } from './errors.ts';

/**
 * One process a folder, any number of its threads. Node has no file locks, so `flock(2)` is called directly: the kernel
 * gives the lock back when a process ends, however it ends, so nothing is ever stale after kill -9.
 *
 * Every thread holds `lock` shared for as long as it has the log open; `lock` also names the process (pid and start time). A
 * thread that finds its own process there joins; any other must first get the lock alone, which succeeds only when nobody
 * holds it. The file `lock.door` makes those two steps one.
 */
export type FolderLock = { release(): void };

const LOCK_SHARED = 1;
const LOCK_ALONE = 2;
const DO_NOT_WAIT = 4;

export function lockFolder(folder: string): FolderLock {
  const door = openSync(join(folder, 'lock.door'), 'a+', 0o600);
  try {
    flock(door, LOCK_ALONE);
    const file = openSync(join(folder, 'lock'), 'a+', 0o600);
    try {
      enter(file, folder);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    return releaseOnce(file);
  } finally {
    closeSync(door);
  }
}

function enter(file: number, folder: string): void {
  const me = describeProcess();
  const holder = readFileSync(join(folder, 'lock'), 'utf8').trim();
  if (holder === me) {
    if (flock(file, LOCK_SHARED | DO_NOT_WAIT)) return;
    throw new EventLogError('EVENT_LOG_LOCKED', `${folder} is held by a process that is not known`);
  }
  if (!flock(file, LOCK_ALONE | DO_NOT_WAIT)) {
    throw new EventLogError('EVENT_LOG_LOCKED', `${folder} is in use by process ${holder}`);
  }
  ftruncateSync(file);
  writeSync(file, me);
  flock(file, LOCK_SHARED | DO_NOT_WAIT);
}

function releaseOnce(file: number): FolderLock {
  let held = true;
  return {
    release: () => {
      if (held) closeSync(file);
      held = false;
    },
  };
}

/** The start time tells a pid from its next user; without `/proc` the pid alone must do. */
function describeProcess(): string {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return `${process.pid} started ${fields[19] ?? ''}`;
  } catch {
    return `${process.pid}`;
  }
}

const C_LIBRARY =
  process.platform === 'darwin' ? '/usr/lib/libSystem.B.dylib' : libraryOfRunningProcess();
let isLoaded = false;

function flock(file: number, operation: number): boolean {
  if (!isLoaded) open({ library: 'c', path: C_LIBRARY });
  isLoaded = true;
  const status: unknown = load({
    library: 'c',
    funcName: 'flock',
    retType: DataType.I32,
    paramsType: [DataType.I32, DataType.I32],
    paramsValue: [file, operation],
  });
  return status === 0;
}

/** glibc and musl name their library differently; the running process has the right one mapped. */
function libraryOfRunningProcess(): string {
  const maps = readFileSync('/proc/self/maps', 'utf8');
  return /\S*\/(?:libc\.so\.6|ld-musl-\S+)$/mu.exec(maps)?.[0] ?? 'libc.so.6';
}
