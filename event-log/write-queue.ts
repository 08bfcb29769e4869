import { EventLogError } from './errors.ts';
import type { Journal } from './journal.ts';
import type { Append, WriteRequest } from './write-batch.ts';
import { writeBatch } from './write-batch.ts';

/**
 * Group commit: while one transaction is being synced, requests gather; the next transaction takes them all. A thread has one
 * transaction in flight for each of its queues, so a batch is planned on heads that only other threads can have moved.
 */
export interface WriteQueue {
  /** Resolves when the request is on disk; rejects with nothing of it taken. */
  write(request: WriteRequest): Promise<void>;
  /** Runs between two transactions of this queue, alone in this thread: for rare synchronous transactions. */
  runAlone<T>(work: () => T): Promise<T>;
  /** Resolves when everything that was asked for is done. Later requests are refused. */
  close(): Promise<void>;
}

export type WriteQueueOptions = {
  /** The journal to write to; asked before each transaction, as the day may have changed. */
  readonly journal: () => Journal;
  readonly clock: () => number;
  /** Called after each transaction that was taken. */
  readonly committed: () => void;
};

/** Bounds a transaction, and with it the time that a single acknowledgement can take. */
const BATCH_REQUESTS_MAX = 4096;
const BATCH_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes that may wait; beyond it writers are pushed back. */
const QUEUE_BYTES_MAX = 64 * 1024 * 1024;
/** After so many lost races a batch is written under the write lock instead, where it cannot lose. */
const LOST_RACES_MAX = 4;

type Waiting = {
  readonly request: WriteRequest;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  lostRaces: number;
};

export function createWriteQueue(options: WriteQueueOptions): WriteQueue {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let alone: (() => void)[] = [];
  let running: Promise<void> | undefined;
  let isClosed = false;

  function start(): void {
    running ??= drain().finally(() => {
      running = undefined;
      if (waiting.length > 0 || alone.length > 0) start();
    });
  }

  async function drain(): Promise<void> {
    await new Promise(setImmediate);
    for (const work of alone.splice(0)) work();
    const batch = takeBatch(waiting);
    waiting = waiting.slice(batch.length);
    if (batch.length === 0) return;
    const lost = await writeAll(options, batch);
    waitingBytes -= sumBytes(batch) - sumBytes(lost);
    waiting = [...lost, ...waiting];
    if (lost.length < batch.length) options.committed();
  }

  async function finished(): Promise<void> {
    if (running === undefined) return;
    await running;
    await finished();
  }

  return {
    write: (request) =>
      new Promise((resolve, reject) => {
        const bytes = requestBytes(request);
        if (isClosed) throw new EventLogError('EVENT_LOG_CLOSED', 'the log is closed');
        if (waitingBytes > QUEUE_BYTES_MAX) {
          throw new EventLogError('EVENT_LOG_FULL', `${waitingBytes} bytes wait to be written`);
        }
        waiting.push({ request, bytes, resolve, reject, lostRaces: 0 });
        waitingBytes += bytes;
        start();
      }),
    runAlone: (work) =>
      new Promise((resolve, reject) => {
        alone.push(() => {
          try {
            resolve(work());
          } catch (error) {
            reject(toEventLogError(error));
          }
        });
        start();
      }),
    close: async () => {
      isClosed = true;
      await finished();
    },
  };
}

/** Settles each request that was taken or cannot be; gives back those that lost a race, in their order. */
async function writeAll(options: WriteQueueOptions, batch: Waiting[]): Promise<Waiting[]> {
  let taken: boolean[];
  try {
    taken = await writeOnce(options, batch);
  } catch (error) {
    const cause = toEventLogError(await commitCause(error));
    for (const { reject } of batch) reject(cause);
    return [];
  }
  const lost: Waiting[] = [];
  for (const [index, waiting] of batch.entries()) {
    if (taken[index] === true) waiting.resolve();
    else if (isFenced(waiting.request)) waiting.reject(fencedError(waiting.request));
    else lost.push(waiting);
  }
  for (const waiting of lost) waiting.lostRaces += 1;
  return lost;
}

async function writeOnce(options: WriteQueueOptions, batch: Waiting[]): Promise<boolean[]> {
  const journal = options.journal();
  const groups = groupAppends(batch.map((waiting) => waiting.request));
  const requests = groups.map((group) => group.request);
  const nowMs = Math.floor(options.clock());
  const write = (): Promise<boolean>[] => writeBatch(journal, requests, nowMs);
  journal.env.resetReadTxn();
  const answers = batch.some((waiting) => waiting.lostRaces >= LOST_RACES_MAX)
    ? writeLocked(journal, write)
    : write();
  const settled = await Promise.allSettled(answers);
  journal.env.resetReadTxn();
  return settled.flatMap((answer, index) => {
    if (answer.status === 'rejected') throw answer.reason;
    return Array.from({ length: groups[index]?.size ?? 0 }, () => answer.value);
  });
}

/** Neighbouring plain appends become one block of writes: its conditions are then checked once, not once a message. */
function groupAppends(
  requests: readonly WriteRequest[],
): { request: WriteRequest; size: number }[] {
  const groups: { request: WriteRequest; appends: Append[]; size: number }[] = [];
  let isOpen = false;
  for (const request of requests) {
    const isPlain = request.fence === undefined && request.putRest === undefined;
    const last = groups.at(-1);
    if (isPlain && isOpen && last !== undefined) {
      for (const append of request.appends) last.appends.push(append);
      last.size += 1;
    } else {
      const appends = [...request.appends];
      groups.push({ request: { ...request, appends }, appends, size: 1 });
    }
    isOpen = isPlain;
  }
  return groups;
}

/** Inside a synchronous transaction the heads are read under the lock, so no condition can fail but an owner's. */
function writeLocked(journal: Journal, write: () => Promise<boolean>[]): Promise<boolean>[] {
  let answers: Promise<boolean>[] = [];
  journal.env.transactionSync(() => {
    answers = write();
  });
  return answers;
}

function takeBatch(waiting: readonly Waiting[]): Waiting[] {
  let bytes = 0;
  const batch: Waiting[] = [];
  for (const next of waiting) {
    bytes += next.bytes;
    if (batch.length > 0 && (bytes > BATCH_BYTES_MAX || batch.length >= BATCH_REQUESTS_MAX)) break;
    batch.push(next);
  }
  return batch;
}

function requestBytes(request: WriteRequest): number {
  return request.appends.reduce((sum, append) => sum + append.message.bytes.length, 0);
}

function sumBytes(waiting: readonly Waiting[]): number {
  return waiting.reduce((sum, { bytes }) => sum + bytes, 0);
}

function isFenced({ fence }: WriteRequest): boolean {
  if (fence === undefined) return false;
  return fence.owners.getEntry(fence.key)?.version !== fence.epoch;
}

function fencedError({ fence }: WriteRequest): EventLogError {
  return new EventLogError('EVENT_LOG_FENCED', `${fence?.key ?? ''} has a newer owner`);
}

/** lmdb-js rejects with a general error and gives the reason as a promise beside it. */
async function commitCause(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}

const NO_SPACE = /MDB_MAP_FULL|ENOSPC|No space left/u;

function toEventLogError(error: unknown): EventLogError {
  if (error instanceof EventLogError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return NO_SPACE.test(text)
    ? new EventLogError('EVENT_LOG_FULL', `the disk is full: ${text}`, error)
    : new EventLogError('EVENT_LOG_WRITE_FAILED', text, error);
}
