import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { getLastVersion, open } from 'lmdb';
import type { Database, RootDatabase, RootDatabaseOptionsWithPath } from 'lmdb';
import { EventLogError } from './errors.ts';

/**
 * One LMDB file that holds partitions: a database each, from offset to stored message, and beside them `heads`, which says
 * where each partition ends. lmdb-js keeps a version with each head; every write of a partition raises it, so that a batch
 * which was planned on an older head finds out inside its transaction, whichever thread was faster.
 */
export type Journal = {
  readonly env: RootDatabase<Buffer, string>;
  readonly heads: Database<Buffer, string>;
  readonly partitions: ReadonlyMap<string, Database<Buffer, number>>;
  /** In a journal with compacted partitions: the offset of each key's latest message. */
  readonly offsetsByKey: Database<Buffer, string>;
};

export type Head = {
  readonly version: number;
  /** First offset of this file. Later ones may have been removed since. */
  readonly start: number;
  /** Next offset to be given out. */
  readonly end: number;
  /** Append time of the last message; the next one's is not earlier. */
  readonly lastAppendMs: number;
  /** A sealed file takes no more messages: the next day's does. */
  readonly isSealed: boolean;
};

export const emptyHead: Head = {
  version: 0,
  start: 0,
  end: 0,
  lastAppendMs: 0,
  isSealed: false,
};

/**
 * `overlappingSync: false`: a transaction becomes visible to readers only after its fdatasync, so no reader can act on what a
 * power cut would still take back. `eventTurnBatching: false`: batches are made by us (`write-queue.ts`); lmdb-js would wrap them in
 * one of its own, whose promise nobody holds and whose failure would end the process. The map is address space, not memory or
 * disk; set large, it is never remapped.
 *
 * Throws `EVENT_LOG_CORRUPT` for a file that is not LMDB's, which lmdb-js would answer with a segmentation fault.
 */
export function openEnvironment(path: string): RootDatabase<Buffer, string> {
  if (!isOurs(path)) throw new EventLogError('EVENT_LOG_CORRUPT', `${path} is not an LMDB file`);
  const options: RootDatabaseOptionsWithPath = {
    path,
    noSubdir: true,
    overlappingSync: false,
    eventTurnBatching: false,
    mapSize: 2 ** 38,
    maxDbs: 1100,
    encoding: 'binary',
  };
  return open<Buffer, string>(options);
}

export function openJournal(env: RootDatabase<Buffer, string>, ids: readonly string[]): Journal {
  const partitions = new Map<string, Database<Buffer, number>>();
  for (const id of ids) partitions.set(id, openOffsets(env, id));
  return {
    env,
    heads: env.openDB<Buffer, string>('heads', { encoding: 'binary', useVersions: true }),
    partitions,
    offsetsByKey: env.openDB<Buffer, string>('offsets-by-key', { encoding: 'binary' }),
  };
}

/** Gives every partition its first head, all in one transaction, unless another thread has done so. */
export function initializeHeads(journal: Journal, first: ReadonlyMap<string, Head>): void {
  journal.env.transactionSync(() => {
    for (const [id, head] of first) {
      if (journal.heads.get(id) === undefined) putHead(journal, id, head);
    }
  });
}

export function hasHeads(journal: Journal): boolean {
  const ids = [...journal.partitions.keys()];
  return ids.every((id) => journal.heads.get(id) !== undefined);
}

export function readHead(journal: Journal, id: string): Head {
  const value = getCopy(journal.heads, id);
  if (value?.length !== HEAD_BYTES) {
    throw new EventLogError('EVENT_LOG_CORRUPT', `a file of the log has no head for ${id}`);
  }
  return {
    version: getLastVersion(),
    start: value.readDoubleBE(0),
    end: value.readDoubleBE(8),
    lastAppendMs: value.readDoubleBE(16),
    isSealed: value[24] === 1,
  };
}

export function putHead(journal: Journal, id: string, head: Head): void {
  const value = Buffer.allocUnsafe(HEAD_BYTES);
  value.writeDoubleBE(head.start, 0);
  value.writeDoubleBE(head.end, 8);
  value.writeDoubleBE(head.lastAppendMs, 16);
  value[24] = head.isSealed ? 1 : 0;
  void journal.heads.put(id, value, head.version);
}

export function partitionOf(journal: Journal, id: string): Database<Buffer, number> {
  const partition = journal.partitions.get(id);
  if (partition === undefined) {
    throw new EventLogError('EVENT_LOG_INVALID', `there is no partition ${id}`);
  }
  return partition;
}

/**
 * The stored value, copied. lmdb-js' own `get` copies too, but takes twice as long about it for small values, which is what
 * the enricher's look-ups are.
 */
export function getCopy<K extends number | string>(
  database: Database<Buffer, K>,
  key: K,
): Buffer | undefined {
  // Shared memory, right until the next read; for some sizes its length is a property that only lmdb-js sets.
  const shared = database.getBinaryFast(key);
  if (shared === undefined) return undefined;
  const copy = Buffer.allocUnsafe(shared.length);
  copy.set(new Uint8Array(shared.buffer, shared.byteOffset, shared.length));
  return copy;
}

/** The first offset from `offset` on that holds a message, or undefined. Partitions have gaps where something was removed. */
export function nextOffset(
  partition: Database<Buffer, number>,
  offset: number,
): number | undefined {
  for (const key of partition.getKeys({ start: offset, limit: 1 })) return key;
  return undefined;
}

const HEAD_BYTES = 25;

/** The first two pages begin with a header of 24 bytes, then LMDB's magic number, little endian. A new file is empty. */
const MAGIC_AT = 24;
const MAGIC = 0xbeefc0de;
const PAGE_BYTES = 4096;

function isOurs(path: string): boolean {
  if (!existsSync(path)) return true;
  const file = openSync(path, 'r+');
  try {
    const start = Buffer.alloc(2 * PAGE_BYTES);
    const bytes = readSync(file, start, 0, start.length, 0);
    if (bytes === 0 || start.readUInt32LE(MAGIC_AT) === MAGIC) return true;
    // A power cut before a new file's first sync can leave its length without its bytes; it has never held anything.
    const isUnborn = fstatSync(file).size <= start.length && start.every((byte) => byte === 0);
    if (isUnborn) ftruncateSync(file);
    return isUnborn;
  } finally {
    closeSync(file);
  }
}

function openOffsets(env: RootDatabase<Buffer, string>, id: string): Database<Buffer, number> {
  const options = { encoding: 'binary', keyEncoder: offsetKeys } as const;
  return env.openDB<Buffer, number>(`partition/${id}`, options);
}

/** Offsets as 8 bytes, big endian, so that LMDB's byte order is their order and every append goes to the end of the tree. */
const offsetKeys = {
  writeKey(offset: number, target: Uint8Array, start: number): number {
    writeWord(Math.floor(offset / 2 ** 32), target, start);
    writeWord(offset % 2 ** 32, target, start + 4);
    return start + 8;
  },
  readKey(source: Uint8Array, start: number): number {
    return readWord(source, start) * 2 ** 32 + readWord(source, start + 4);
  },
};

function writeWord(word: number, target: Uint8Array, at: number): void {
  target[at] = word >>> 24;
  target[at + 1] = word >>> 16;
  target[at + 2] = word >>> 8;
  target[at + 3] = word;
}

function readWord(source: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = source.subarray(at, at + 4);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
