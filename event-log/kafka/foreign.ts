import { checkMessage } from '../check-message.ts';
import { EventLogError } from '../errors.ts';
import type { ForeignBatch, ForeignTopics, TakeForeign } from '../foreign-topics.ts';
import type { AvroFrames } from './avro-frames.ts';
import { toEventLogError } from './errors.ts';
import type { Fetcher } from './fetcher.ts';
import { openFetcher } from './fetcher.ts';
import type { Admin, Connection } from './kafkajs.ts';
import { joinGroup } from './membership.ts';
import { isOutOfRange } from './reader.ts';
import type { KafkaSettings } from './settings.ts';
import type { TransactionalProducer } from './transactions.ts';
import { openTransactions } from './transactions.ts';

export type ForeignParts = {
  readonly connection: Connection;
  readonly admin: Admin;
  readonly settings: KafkaSettings;
  readonly frames: AvroFrames;
  /** Of our own topics. */
  readonly partitions: number;
  /** Throws `EVENT_LOG_FULL` while a required reader is too far behind. */
  readonly checkLag: () => void;
  readonly onTrouble: (error: unknown) => void;
};

/** One fetch, and so one transaction, brings about this much before decompression; a larger batch comes whole. */
const FETCH_BYTES_MAX = 1024 * 1024;
const LONG_POLL_MS_MAX = 500;

/**
 * Positions are the group's own offsets, committed in the transaction that brings what was made of the messages. A transaction whose end is
 * not known is settled by opening the `transactional.id` anew; the group's offset then says what came of it.
 */
export function createForeignTopics(parts: ForeignParts): ForeignTopics {
  return {
    async follow(topic, take) {
      const { connection, settings } = parts;
      const partitions = await partitionsOf(parts.admin, topic);
      const place = { topic, groupId: groupOf(settings.topicPrefix, topic) };
      const pending = new Map<number, Pending>();
      return joinGroup(
        {
          kafka: connection.kafka,
          groupId: place.groupId,
          topic,
          partitions,
          partitionsNow: () => partitionsOf(parts.admin, topic),
          sessionWaitMsMax: settings.sessionWaitMsMax,
          onTrouble: parts.onTrouble,
        },
        (partition, signal) =>
          followPartition({ ...parts, ...place, partition, take, pending, signal }),
      );
    },
  };
}

/** The group that takes a foreign topic in, and what the `transactional.id` of each of its partitions begins with. */
export function groupOf(prefix: string, topic: string): string {
  return `${prefix}waybill.collector.${topic}`;
}

/** A transaction that was begun. */
type Pending = { readonly next: number; readonly committed: () => void };

type Following = ForeignParts & {
  readonly topic: string;
  readonly groupId: string;
  readonly partition: number;
  readonly take: TakeForeign;
  readonly pending: Map<number, Pending>;
  readonly signal: AbortSignal;
};

async function followPartition(following: Following): Promise<void> {
  const fetcher = openFetcher(following.connection);
  let producer: TransactionalProducer | undefined;
  try {
    producer = await open(following);
    let offset = await settledOffset(following, fetcher);
    while (!following.signal.aborted) {
      following.checkLag();
      const { batch, next } = await fetchBatch(following, fetcher, offset);
      if (next > offset) await commit(following, producer, batch, next);
      offset = next;
    }
  } catch (error) {
    if (following.signal.aborted) return;
    following.onTrouble(error);
    throw toEventLogError(error);
  } finally {
    await producer?.close().catch(() => undefined);
    await fetcher.close().catch(() => undefined);
  }
}

function open({ connection, settings, groupId, partition }: Following) {
  return openTransactions({
    kafka: connection.kafka,
    transactionalId: `${groupId}.${partition}`,
    groupId,
    transactionWaitMsMax: settings.transactionWaitMsMax,
  });
}

/** After the `transactional.id` was taken, so that no transaction before it is still open. */
async function settledOffset(following: Following, fetcher: Fetcher): Promise<number> {
  const { admin, groupId, topic, partition, pending } = following;
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const committed = found?.partitions.find((each) => each.partition === partition)?.offset;
  // −1: nothing was committed yet. Reading begins with the oldest message there is; what was deleted before was never ours to take.
  const isKnown = committed !== undefined && Number(committed) >= 0;
  const offset = isKnown ? Number(committed) : await fetcher.start(topic, partition);
  const begun = pending.get(partition);
  pending.delete(partition);
  if (begun?.next === offset) begun.committed();
  return offset;
}

async function fetchBatch(
  { topic, partition, onTrouble }: Following,
  fetcher: Fetcher,
  offset: number,
): Promise<{ readonly batch: ForeignBatch; readonly next: number }> {
  const place = { topic, partition };
  try {
    const from = { ...place, offset };
    const { messages, next } = await fetcher.fetch(from, FETCH_BYTES_MAX, LONG_POLL_MS_MAX);
    const read = messages.map((message) => ({
      offset: Number(message.offset),
      value: message.value,
    }));
    return { batch: { ...place, messages: read, missing: undefined }, next };
  } catch (error) {
    if (!isOutOfRange(error)) throw error;
    const start = await fetcher.start(topic, partition);
    if (start <= offset) {
      // It ends before what was taken of it: it was made anew, or cut by the election of a leader that lagged. A span that comes again is known
      // as a duplicate; one that is passed over would be lost.
      onTrouble(new EventLogError('EVENT_LOG_INVALID', `${topic}/${partition} begins anew`, error));
      return { batch: { ...place, messages: [], missing: undefined }, next: start };
    }
    return { batch: { ...place, messages: [], missing: { from: offset, to: start } }, next: start };
  }
}

async function commit(
  following: Following,
  producer: TransactionalProducer,
  batch: ForeignBatch,
  next: number,
): Promise<void> {
  const { topic, partition, settings, partitions, pending, signal } = following;
  const taken = await following.take(batch, signal);
  if (signal.aborted) return;
  for (const message of taken.appends) checkMessage(message, partitions);
  const named = taken.appends.map((message) => ({
    ...message,
    topic: settings.topicPrefix + message.topic,
    value: following.frames.toWire(message.topic, message.value),
  }));
  pending.set(partition, { next, committed: () => taken.committed() });
  // Commit point: what was made of the batch is in the log, and the batch is done with, when this resolves. If we die before it, neither is.
  await producer.commit(named, [{ topic, partition, offset: next }]);
  pending.delete(partition);
  taken.committed();
}

/** Throws `EVENT_LOG_TOPICS_MISSING`. */
async function partitionsOf(admin: Admin, topic: string): Promise<number> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? 0;
  } catch (error) {
    if (String(Object(error).type) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw toEventLogError(error);
    throw new EventLogError('EVENT_LOG_TOPICS_MISSING', `the broker has not ${topic}`, error);
  }
}
