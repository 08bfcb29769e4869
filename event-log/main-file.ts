import type { Database } from 'lmdb';
import type { Topic } from '../schemas/topics.ts';
import type { OwnerView, Position, StateChange, TrimResult } from './event-log.ts';
import { EventLogError } from './errors.ts';
import type { Journal } from './journal.ts';
import {
  emptyHead,
  getCopy,
  initializeHeads,
  nextOffset,
  openEnvironment,
  openJournal,
  partitionOf,
  readHead,
} from './journal.ts';
import { storedAppendTime, storedIsTombstone } from './stored-message.ts';
import { viewState } from './view-state.ts';

/**
 * The main file: all that one commit writes together. The partitions of every topic but spans, and for each owner (role and
 * partition) its epoch, positions and state.
 */
export type MainFile = {
  /** Of every topic that is partitioned; fixed at birth. */
  readonly partitions: number;
  readonly journal: Journal;
  /** `role/partition` → nothing; the entry's lmdb version is the epoch. */
  readonly owners: Database<Buffer, string>;
  /** `role/partition/topic/partition` → offset. */
  readonly positions: Database<Buffer, string>;
  /** `role/partition/key` → value. */
  readonly state: Database<Buffer, string>;
};

/**
 * `idsOf` names its partitions. Without a count, a new file is born with one partition, and an old one keeps its own. Throws
 * `EVENT_LOG_PARTITIONS_DIFFER`, having closed the file, when it was born with another count.
 */
export async function openMainFile(
  path: string,
  idsOf: (partitions: number) => readonly string[],
  asked: number | undefined,
): Promise<MainFile> {
  const env = openEnvironment(path);
  let partitions: number;
  try {
    partitions = fixPartitions(env.openDB<Buffer, string>('meta', { encoding: 'binary' }), asked);
  } catch (error) {
    await env.close();
    throw error;
  }
  const ids = idsOf(partitions);
  const journal = openJournal(env, ids);
  const main: MainFile = {
    partitions,
    journal,
    owners: env.openDB<Buffer, string>('owners', { encoding: 'binary', useVersions: true }),
    positions: env.openDB<Buffer, string>('positions', { encoding: 'binary' }),
    state: env.openDB<Buffer, string>('state', { encoding: 'binary' }),
  };
  initializeHeads(journal, new Map(ids.map((id) => [id, emptyHead])));
  return main;
}

/** Raises the owner's epoch, durably. Must not run beside a transaction of this thread. */
export function takeOwnership(main: MainFile, ownerKey: string): number {
  return main.journal.env.transactionSync(() => {
    const epoch = (main.owners.getEntry(ownerKey)?.version ?? 0) + 1;
    void main.owners.put(ownerKey, Buffer.from([1]), epoch);
    return epoch;
  });
}

export function viewOwner(main: MainFile, ownerKey: string): OwnerView {
  const { state, positions } = main;
  return viewState({ state, positions, prefix: `${ownerKey}/` });
}

export function putPositions(
  main: MainFile,
  ownerKey: string,
  positions: readonly Position[],
): void {
  for (const { topic, partition, offset } of positions) {
    const value = Buffer.allocUnsafe(8);
    value.writeDoubleBE(offset);
    void main.positions.put(`${ownerKey}/${topic}/${partition}`, value);
  }
}

export function putState(main: MainFile, ownerKey: string, changes: readonly StateChange[]): void {
  for (const { key, value } of changes) {
    if (value === null) void main.state.remove(`${ownerKey}/${key}`);
    else
      void main.state.put(
        `${ownerKey}/${key}`,
        Buffer.from(value.buffer, value.byteOffset, value.length),
      );
  }
}

export type TrimOrder = {
  readonly topic: Topic;
  readonly partition: number;
  readonly beforeMs: number;
  readonly isCompacted: boolean;
  /** Role → committed position. */
  readonly readers: ReadonlyMap<string, number>;
  /** Where to go on; 0 at first. */
  readonly from: number;
};

/** `next` is where to go on; undefined when all that may go is gone. */
export type TrimStep = TrimResult & { readonly next: number | undefined };

/** Enough to be quick about, few enough that neither this thread nor, by the write lock, the others are held up. */
const TRIM_MESSAGES_MAX = 1000;

/**
 * Looks at {@link TRIM_MESSAGES_MAX} messages of one partition and removes those that may go. Of a compacted topic only tombstones
 * go: the rest is what the topic is for. Must not run beside a transaction of this thread.
 */
export function trimPartition(main: MainFile, order: TrimOrder): TrimStep {
  const id = `${order.topic}/${order.partition}`;
  const partition = partitionOf(main.journal, id);
  const heldBackBy = new Set<string>();
  let droppedMessages = 0;
  const next = main.journal.env.transactionSync(() => {
    const { end } = readHead(main.journal, id);
    let offset = nextOffset(partition, order.from);
    for (let seen = 0; seen < TRIM_MESSAGES_MAX; seen += 1) {
      if (offset === undefined || offset >= end) return undefined;
      const stored = getCopy(partition, offset);
      if (stored === undefined) return undefined;
      if (storedAppendTime(stored) >= order.beforeMs) return undefined;
      const behind = [...order.readers].filter(([, position]) => position <= (offset ?? 0));
      for (const [role] of behind) heldBackBy.add(role);
      if (behind.length > 0) return undefined;
      if (!order.isCompacted || storedIsTombstone(stored)) {
        void partition.remove(offset);
        droppedMessages += 1;
      }
      offset = nextOffset(partition, offset + 1);
    }
    return offset;
  });
  return { droppedMessages, heldBackBy: [...heldBackBy], next };
}

/** One thread reads what one machine holds, so that a second partition would only halve its batches. */
const PARTITIONS_AT_BIRTH = 1;

function fixPartitions(meta: Database<Buffer, string>, asked: number | undefined): number {
  const stored = meta.transactionSync(() => {
    const known = getCopy(meta, 'partitions');
    const wanted = Buffer.from(String(asked ?? PARTITIONS_AT_BIRTH));
    if (known === undefined) void meta.put('partitions', wanted);
    return Number((known ?? wanted).toString());
  });
  if (asked === undefined || stored === asked) return stored;
  throw new EventLogError(
    'EVENT_LOG_PARTITIONS_DIFFER',
    `the log was born with ${stored} partitions and was now opened with ${asked}`,
  );
}
