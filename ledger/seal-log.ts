import type { EventLog, LogMessage, Owner } from '../event-log/event-log.ts';
import type { CompactRange } from '../integrity/compact-range.ts';
import type { TraceKeys } from '../key-store/trace-keys.ts';
import type { Topic } from '../schemas/topics.ts';
import type { TracedWork } from '../telemetry/trace-work.ts';
import { endWith } from '../telemetry/trace-work.ts';
import type { Archive } from './archive/archive.ts';
import type { BatchLimits } from './collect.ts';
import { collect } from './collect.ts';
import { lateRedactions } from './erase/late-redactions.ts';
import { LedgerError } from './errors.ts';
import type { InsertParts } from './insert-batch.ts';
import { insertBatch, untilTaken } from './insert-batch.ts';
import { metaLogId } from './read-checkpoint.ts';
import { recoverHeads } from './recover-heads.ts';
import { recoverNodes } from './recover-nodes.ts';
import { recoverStore, storedLeaves } from './recover-store.ts';
import type { SealCounts } from './seal-counts.ts';
import { createSealCounts } from './seal-counts.ts';
import { LEAF_VERSION } from './leaf.ts';
import type { ReadMessage, SealedBatch, TileNode } from './seal.ts';
import { Sealing, homesOf, understand } from './seal.ts';
import type { Intent, StreamState } from './state.ts';
import {
  fenceChange,
  intentChange,
  readFence,
  readIntent,
  readStream,
  readTree,
  sameIntent,
  streamChange,
  treeChange,
} from './state.ts';
import { beginBatch } from './trace-batch.ts';

/** One log: a partition of a topic, and what seals it. */
export type LogSource = {
  readonly logId: string;
  /** Under which its position and state are kept. */
  readonly role: string;
  readonly topic: Topic;
  readonly partition: number;
  readonly readMessage: ReadMessage;
};

export type SealParts = InsertParts & {
  readonly log: EventLog;
  readonly owner: Owner;
  readonly source: LogSource;
  readonly traceKeys: TraceKeys;
  /** Where what the log no longer holds is read again; null: nowhere. */
  readonly archive: Archive | null;
  /** Told of each batch that is written and synced, so that the tree's head can be signed. */
  readonly onSealed: (sealed: SealedTree) => void;
  /** `lingerMsMax`: how long a batch waits for more where the store is slow. */
  readonly limits: BatchLimits & { readonly lingerMsMax: number };
  /** No further batch is begun after it; the one under way is finished. */
  readonly stopSignal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
};

/** A log's tree as it is in the store. */
export type SealedTree = {
  readonly logId: string;
  readonly tree: CompactRange;
  /** Nodes of the tree that the last batch completed; none at a start. */
  readonly nodes: readonly TileNode[];
  /** How often the log was taken over: a later owner has a higher number. */
  readonly fence: number;
  /** Whether a later owner has taken the log over. */
  readonly isReplaced: () => Promise<boolean>;
};

/**
 * Seals a log until the signal: messages become leaves and rows, in order. Each batch is an intent first, committed before anything of it is
 * written. While one batch is being written, the next is being made. Throws what is permanent, `EVENT_LOG_FENCED` among it.
 */
export async function sealLog(given: SealParts): Promise<void> {
  const parts: CountedSealing = { ...given, counts: createSealCounts(given.owner) };
  const fence = readFence(parts.owner) + 1;
  await parts.owner.commit({ positions: [], appends: [], state: [fenceChange(fence)] });
  let written = await repeatIntent(parts);
  const { logId, role, partition } = parts.source;
  const isReplaced = async (): Promise<boolean> =>
    readFence(await parts.log.inspect(role, partition)) > fence;
  await checkStore({ ...parts, fence }, written.tree);
  parts.onSealed({ logId, tree: written.tree, nodes: [], fence, isReplaced });
  let insertMs = 0;
  let making = makeBatch(parts, written, insertMs);
  try {
    while (!parts.stopSignal.aborted) {
      const made = await making;
      if (made === undefined) {
        if (written.batch) written = await commitWritten(parts, written);
        making = makeBatch(parts, written, insertMs);
        continue;
      }
      const { batch, traced } = made;
      const before = written.batch;
      const after = stateAfter(batch);
      await endWith(traced, async () => {
        // Commit point: the batch before is sealed, and this one is promised. If we die on the next line, the next owner reads this
        // intent, makes the same bytes of the same messages, and writes what of them is missing.
        await traced.part('waybill.ledger.commit', async () => commit(parts, before, batch.intent));
        making = makeBatch(parts, after, insertMs);
        // Whoever waits for it sees its failure; until then it is nobody's.
        making.catch(() => undefined);
        const beganMs = performance.now();
        await traced.part('waybill.ledger.insert', async () => insertBatch(parts, batch, false));
        insertMs = performance.now() - beganMs;
      });
      written = after;
      parts.onSealed({ logId, tree: batch.tree, nodes: batch.nodes, fence, isReplaced });
      await observe(parts, batch);
    }
  } finally {
    await making.catch(() => undefined);
  }
  if (written.batch) await commitWritten(parts, written);
}

type CountedSealing = SealParts & { readonly counts: SealCounts };

/**
 * How far the log is written: in the store, though its last batch's end may not be committed. All earlier batches' streams are
 * committed, since each commit of an intent brings the end of the batch before.
 */
type Written = {
  readonly tree: CompactRange;
  readonly offset: number;
  /** The batch that is written, but whose end is not committed. */
  readonly batch: SealedBatch | undefined;
};

/** Brings an unfinished batch of ours or of an owner before us to its end, by the way that every batch goes. */
async function repeatIntent(parts: CountedSealing): Promise<Written> {
  const { owner, source, metrics } = parts;
  const offset = owner.position(source.topic, source.partition);
  const start: Written = { tree: readTree(owner), offset, batch: undefined };
  const intent = readIntent(owner);
  if (intent === undefined) return start;
  const messages = await readRange(parts, intent);
  const batch = await sealMessages(parts, start, messages, intent.version);
  if (!sameIntent(batch.intent, intent)) {
    throw new LedgerError(
      'LEDGER_REPLAY_DIFFERS',
      `${intent.logId} ${intent.first}+${intent.count}.`,
    );
  }
  metrics.batchesRepeated += 1;
  await insertBatch(parts, batch, true);
  return commitWritten(parts, stateAfter(batch));
}

/**
 * A store that holds less than is sealed was set back, or lost a part: what is missing is made again before anything is added. Then it holds the
 * nodes of its trees, too.
 */
async function checkStore(
  parts: SealParts & { readonly fence: number },
  tree: CompactRange,
): Promise<void> {
  const { store, metrics, source } = parts;
  await untilTaken(parts, async () => {
    if ((await storedLeaves(store, source.logId)) < tree.size) {
      metrics.leavesRecovered += await recoverStore(parts, tree);
      if (source.logId === metaLogId) await recoverHeads(parts);
    }
    await recoverNodes(parts, source.logId, tree.size);
  });
}

async function readRange(parts: SealParts, intent: Intent): Promise<readonly LogMessage[]> {
  const { topic, partition } = parts.source;
  const found: LogMessage[] = [];
  for (let offset = intent.from; offset < intent.to;) {
    const limits = {
      messagesMax: intent.to - offset,
      bytesMax: parts.limits.bytesMax,
      waitMsMax: 0,
    };
    const read = await parts.log.read({ topic, partition, offset }, limits);
    if (read.length === 0) break;
    found.push(...read.filter((message) => message.offset < intent.to));
    offset = (read.at(-1)?.offset ?? intent.to) + 1;
  }
  return found;
}

/**
 * The next batch. A store that is slow is given larger blocks less often: a block costs it most by being one, so that it works
 * at most a third of the time for a log.
 */
async function makeBatch(
  parts: SealParts,
  after: Written,
  insertMs: number,
): Promise<Made | undefined> {
  const { topic, partition } = parts.source;
  const sinceMs = parts.clock();
  const from = { topic, partition, offset: after.offset };
  const { lingerMs, lingerMsMax } = parts.limits;
  const limits = {
    ...parts.limits,
    lingerMs: Math.max(lingerMs, Math.min(3 * insertMs, lingerMsMax)),
  };
  const messages = await collect(parts.log, from, limits, parts.stopSignal);
  if (messages.length === 0) return undefined;
  if (messages.length === parts.limits.messagesMax) parts.metrics.batchesFull += 1;
  const traced = beginBatch(parts.source.logId, sinceMs, messages.length);
  const batch = await traced.part('waybill.ledger.seal', async () =>
    sealMessages(parts, after, messages, LEAF_VERSION),
  );
  return { batch, traced };
}

type Made = { readonly batch: SealedBatch; readonly traced: TracedWork };

async function sealMessages(
  { owner, source, traceKeys }: SealParts,
  after: Written,
  messages: readonly LogMessage[],
  version: number,
): Promise<SealedBatch> {
  const streamOf = (tenant: string): StreamState =>
    after.batch?.streams.get(tenant) ?? readStream(owner, tenant);
  const { logId } = source;
  const { tree, offset: from } = after;
  const sealing = new Sealing({ logId, tree, from, version, streamOf });
  for (let at = 0; at < messages.length; at += TURN_MESSAGES) {
    const turn = messages.slice(at, at + TURN_MESSAGES);
    const read = turn.map((message) => understand(message, source.readMessage));
    // Commit point: the keys that the leaves are made with are on disk before anything is promised of them.
    const keys = await traceKeys.keysFor(homesOf(read));
    if (!sealing.add(read, keys)) break;
  }
  return sealing.finish();
}

/** Messages that are decoded at a time: they die young, and whoever waits for this thread has its turn between. */
const TURN_MESSAGES = 256;

function stateAfter(batch: SealedBatch): Written {
  return { tree: batch.tree, offset: batch.intent.to, batch };
}

async function commitWritten(parts: CountedSealing, written: Written): Promise<Written> {
  await commit(parts, written.batch, null);
  return { ...written, batch: undefined };
}

/** The end of what is written, and the promise of what is to be, in one. */
async function commit(
  parts: CountedSealing,
  done: SealedBatch | undefined,
  next: Intent | null,
): Promise<void> {
  const { owner, source } = parts;
  const intent = intentChange(next);
  if (done === undefined) {
    await owner.commit({ positions: [], appends: [], state: [intent] });
    return;
  }
  const { to } = done.intent;
  const counts = parts.counts.changesOf(done.counted, done.appendTimeMs);
  const streams = [...done.streams].map(([tenant, stream]) => streamChange(tenant, stream));
  await owner.commit({
    positions: [{ topic: source.topic, partition: source.partition, offset: to }],
    appends: [...done.deadLetters, ...lateRedactions(done)],
    state: [treeChange(done.tree), ...streams, ...counts, intent],
  });
}

async function observe(parts: SealParts, batch: SealedBatch): Promise<void> {
  const { metrics, source } = parts;
  const { end } = await parts.log.range(source.topic, source.partition);
  const { first, count, to, logId } = batch.intent;
  metrics.batchesSealed += 1;
  metrics.leavesSealed += count;
  metrics.deadLetters += batch.deadLetters.length;
  const delayMs = parts.clock() - batch.appendTimeMs;
  metrics.logs.set(logId, { size: first + count, lagMessages: Math.max(0, end - to), delayMs });
}
