import type { Position } from '../event-log.ts';
import { byMessage } from './appender.ts';
import type { Kafka, Producer } from './kafkajs.ts';
import { CompressionTypes } from './kafkajs.ts';
import type { NamedMessage } from './sends.ts';
import { splitByPartition } from './sends.ts';

/** A producer of one `transactional.id`. Having opened it fences every earlier one of the same id. */
export interface TransactionalProducer {
  /** Commits the messages and the group's positions together. Gives the first offset of the last batch in each `topic/partition`. */
  commit(
    messages: readonly NamedMessage[],
    positions: readonly NamedPosition[],
  ): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

export type NamedPosition = Omit<Position, 'topic'> & { readonly topic: string };

export type TransactionOptions = {
  readonly kafka: Kafka;
  readonly transactionalId: string;
  /** The group whose offsets say how far the owner is; for Kafka's own tools to see. */
  readonly groupId: string;
  readonly transactionWaitMsMax: number;
};

export async function openTransactions(
  options: TransactionOptions,
): Promise<TransactionalProducer> {
  const { kafka, transactionalId, groupId, transactionWaitMsMax } = options;
  const producer = kafka.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: transactionWaitMsMax,
    allowAutoTopicCreation: false,
    createPartitioner: byMessage,
  });
  try {
    await producer.connect();
    // Opening a transaction takes the id over, and ends what its earlier holder left open.
    await (await producer.transaction()).abort();
  } catch (error) {
    await producer.disconnect().catch(() => undefined);
    throw error;
  }
  return {
    commit: (messages, positions) => commitOnce(producer, groupId, messages, positions),
    close: () => producer.disconnect(),
  };
}

async function commitOnce(
  producer: Producer,
  groupId: string,
  messages: readonly NamedMessage[],
  positions: readonly NamedPosition[],
): Promise<ReadonlyMap<string, number>> {
  const transaction = await producer.transaction();
  const offsets = new Map<string, number>();
  // kafkajs sends again what it has not seen acknowledged. Of a send to several partitions it would, when leaders move meanwhile, send some
  // of it twice under new numbers; one partition keeps its number, and the broker takes it once.
  for (const topicMessages of splitByPartition(messages)) {
    const sent = await transaction.sendBatch({
      acks: -1,
      compression: CompressionTypes.ZSTD,
      topicMessages,
    });
    for (const { topicName, partition, baseOffset } of sent) {
      if (baseOffset !== undefined) offsets.set(`${topicName}/${partition}`, Number(baseOffset));
    }
  }
  if (positions.length > 0) {
    await transaction.sendOffsets({ consumerGroupId: groupId, topics: byTopic(positions) });
  }
  await transaction.commit();
  return offsets;
}

type TopicOffsets = { topic: string; partitions: { partition: number; offset: string }[] };

function byTopic(positions: readonly NamedPosition[]): TopicOffsets[] {
  const topics = new Map<string, TopicOffsets>();
  for (const { topic, partition, offset } of positions) {
    const found = topics.get(topic) ?? { topic, partitions: [] };
    topics.set(topic, found);
    found.partitions.push({ partition, offset: String(offset) });
  }
  return [...topics.values()];
}
