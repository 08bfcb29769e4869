import type { Database } from 'lmdb';
import { compactedTopics } from '../schemas/topics.ts';
import type { NewMessage } from './event-log.ts';
import type { Head, Journal } from './journal.ts';
import { getCopy, partitionOf, putHead, readHead } from './journal.ts';
import { idOf } from './partition-ids.ts';
import type { EncodedMessage } from './stored-message.ts';
import { encodeMessage, stampAppendTime } from './stored-message.ts';

export type Append = {
  /** Partition id, e.g. `records/2`. */
  readonly id: string;
  readonly message: EncodedMessage;
  /** In a compacted topic the earlier message of this key is removed. */
  readonly isCompacted: boolean;
};

export function toAppend(message: NewMessage): Append {
  return {
    id: idOf(message.topic, message.partition),
    message: encodeMessage(message),
    isCompacted: compactedTopics.has(message.topic),
  };
}

/** Only the owner whose epoch is the stored one may write. */
export type Fence = {
  readonly owners: Database<Buffer, string>;
  readonly key: string;
  readonly epoch: number;
};

/** What is written together or not at all. */
export type WriteRequest = {
  readonly fence: Fence | undefined;
  readonly appends: readonly Append[];
  /** Further puts and removes of the same environment. */
  readonly putRest: (() => void) | undefined;
};

/**
 * Writes the requests into one LMDB transaction and answers for each whether it was taken. It was not when its owner was
 * fenced or when another thread wrote one of its partitions in between; then nothing of it is in the log.
 *
 * Each request is a block of writes nested in conditions (the owner's epoch, the version of every head it moves) that lmdb's
 * writer thread checks inside the transaction. So no JavaScript runs while the write lock is held, and the plan made here,
 * on heads that may be old by then, can never overwrite what another thread appended.
 */
export function writeBatch(
  journal: Journal,
  requests: readonly WriteRequest[],
  nowMs: number,
): Promise<boolean>[] {
  const plan: Plan = { journal, nowMs, heads: new Map(), offsetsByKey: new Map() };
  let answers: Promise<boolean>[] = [];
  const all = journal.env.batch(() => {
    answers = requests.map((request) => writeRequest(plan, request));
  });
  // A commit that fails rejects the promise of each block; those of the requests themselves report it.
  all.catch(() => undefined);
  return answers;
}

/** What the partitions will look like when all requests before have been taken. */
type Plan = {
  readonly journal: Journal;
  readonly nowMs: number;
  readonly heads: Map<string, Head>;
  readonly offsetsByKey: Map<string, number>;
};

type Condition = {
  readonly database: Database<Buffer, string>;
  readonly key: string;
  readonly version: number;
};

function writeRequest(plan: Plan, request: WriteRequest): Promise<boolean> {
  const conditions: Condition[] = [];
  if (request.fence !== undefined) {
    const { owners, key, epoch } = request.fence;
    conditions.push({ database: owners, key, version: epoch });
  }
  for (const id of new Set(request.appends.map((append) => append.id))) {
    const head = plannedHead(plan, id);
    if (head.isSealed) return Promise.resolve(false);
    conditions.push({ database: plan.journal.heads, key: id, version: head.version });
  }
  return nest(conditions, 0, () => {
    for (const append of request.appends) putMessage(plan, append);
    for (const condition of conditions) {
      if (condition.database === plan.journal.heads) moveHead(plan, condition.key);
    }
    request.putRest?.();
  });
}

/** Only the innermost condition holds exactly when all do; the others' answers are not needed. */
function nest(
  conditions: readonly Condition[],
  depth: number,
  write: () => void,
): Promise<boolean> {
  const condition = conditions[depth];
  if (condition === undefined) throw new Error('a write has at least one condition');
  const { database, key, version } = condition;
  if (depth === conditions.length - 1) return database.ifVersion(key, version, write);
  let innermost: Promise<boolean> = Promise.resolve(false);
  const outer = database.ifVersion(key, version, () => {
    innermost = nest(conditions, depth + 1, write);
  });
  outer.catch(() => undefined);
  return innermost;
}

function plannedHead(plan: Plan, id: string): Head {
  const planned = plan.heads.get(id) ?? readHead(plan.journal, id);
  plan.heads.set(id, planned);
  return planned;
}

function putMessage(plan: Plan, append: Append): void {
  const head = plannedHead(plan, append.id);
  const appendTimeMs = Math.max(plan.nowMs, head.lastAppendMs);
  const partition = partitionOf(plan.journal, append.id);
  stampAppendTime(append.message, appendTimeMs);
  if (append.isCompacted) replaceEarlier(plan, append, head.end);
  void partition.put(head.end, append.message.bytes);
  plan.heads.set(append.id, { ...head, end: head.end + 1, lastAppendMs: appendTimeMs });
}

function replaceEarlier(plan: Plan, append: Append, offset: number): void {
  const key = `${append.id}/${append.message.key ?? ''}`;
  const stored = getCopy(plan.journal.offsetsByKey, key);
  const earlier = plan.offsetsByKey.get(key) ?? stored?.readDoubleBE(0);
  if (earlier !== undefined) void partitionOf(plan.journal, append.id).remove(earlier);
  const value = Buffer.allocUnsafe(8);
  value.writeDoubleBE(offset);
  void plan.journal.offsetsByKey.put(key, value);
  plan.offsetsByKey.set(key, offset);
}

function moveHead(plan: Plan, id: string): void {
  const head = plannedHead(plan, id);
  const moved = { ...head, version: head.version + 1 };
  putHead(plan.journal, id, moved);
  plan.heads.set(id, moved);
}
