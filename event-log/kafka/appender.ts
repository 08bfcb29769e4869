import { EventLogError } from '../errors.ts';
import type { NewMessage } from '../event-log.ts';
import { topics } from '../../schemas/topics.ts';
import { toEventLogError } from './errors.ts';
import type { Kafka, Message, Producer, RecordMetadata } from './kafkajs.ts';
import { CompressionTypes } from './kafkajs.ts';
import type { Naming, TopicMessages } from './sends.ts';
import { splitIntoSends } from './sends.ts';

/**
 * Appends of one process by one idempotent producer, acknowledged by all in-sync replicas. One send is on its way at a time, so that
 * messages of a partition keep their order; what comes meanwhile shares the next.
 */
export interface Appender {
  append(messages: readonly NewMessage[]): Promise<void>;
  /** Bytes that wait. */
  waitingBytes(): number;
  close(): Promise<void>;
}

export type AppenderOptions = Naming & { readonly kafka: Kafka };

/** Bytes that may wait; beyond it writers are pushed back. */
const QUEUE_BYTES_MAX = 64 * 1024 * 1024;
const CALLS_MAX = 4096;

type Call = {
  readonly messages: readonly NewMessage[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

export function createAppender({ kafka, ...naming }: AppenderOptions): Appender {
  let queue: Call[] = [];
  let queuedBytes = 0;
  let producer: Promise<Producer> | undefined;
  let running: Promise<void> | undefined;
  let isClosed = false;

  async function open(): Promise<Producer> {
    const opened = kafka.producer(appendProducer);
    try {
      await opened.connect();
      return opened;
    } catch (error) {
      await opened.disconnect().catch(() => undefined);
      throw error;
    }
  }

  async function send(messages: readonly NewMessage[]): Promise<void> {
    for (const topicMessages of splitIntoSends(messages, naming)) {
      producer ??= open();
      try {
        const sender = await producer;
        // Commit point: acknowledged by all in-sync replicas when this resolves; before, some of it may be there.
        const batch = { acks: -1, compression: CompressionTypes.ZSTD, topicMessages };
        checkAnswered(topicMessages, await sender.sendBatch(batch));
      } catch (error) {
        // Its sequence numbers may no longer be the broker's: the next send has a producer of its own.
        const broken = producer;
        producer = undefined;
        void broken.then((stale) => stale.disconnect()).catch(() => undefined);
        throw toEventLogError(error);
      }
    }
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      const calls = queue.slice(0, CALLS_MAX);
      queue = queue.slice(calls.length);
      const all = calls.flatMap(({ messages }) => messages);
      const rest = all.filter(({ topic }) => topic !== topics.spans);
      const spans = all.filter(({ topic }) => topic === topics.spans);
      try {
        // Spans come last: what else a call brings is harmless without them.
        await send(rest);
        await send(spans);
        for (const { resolve } of calls) resolve();
      } catch (error) {
        for (const { reject } of calls) reject(error);
      }
      for (const { bytes } of calls) queuedBytes -= bytes;
    }
    running = undefined;
  }

  return {
    waitingBytes: () => queuedBytes,
    append: (messages) =>
      new Promise((resolve, reject) => {
        if (isClosed) throw new EventLogError('EVENT_LOG_CLOSED', 'it was closed');
        if (queuedBytes > QUEUE_BYTES_MAX) {
          throw new EventLogError('EVENT_LOG_FULL', `${queuedBytes} bytes wait to be written`);
        }
        const bytes = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
        queuedBytes += bytes;
        queue.push({ messages, bytes, resolve, reject });
        running ??= drain();
      }),
    async close() {
      isClosed = true;
      await running;
      const opened = await producer?.catch(() => undefined);
      await opened?.disconnect();
    },
  };
}

/**
 * Every partition of a send must be in its answer. kafkajs asks each broker once: a partition whose leader fails while another broker has answered already, and
 * becomes its leader, is sent to nobody, and the send resolves all the same.
 */
function checkAnswered(sent: readonly TopicMessages[], answers: readonly RecordMetadata[]): void {
  const answered = new Set(answers.map(({ topicName, partition }) => `${topicName}/${partition}`));
  for (const { topic, messages } of sent) {
    for (const { partition } of messages) {
      const place = `${topic}/${partition ?? 0}`;
      if (answered.has(place)) continue;
      throw new EventLogError('EVENT_LOG_WRITE_FAILED', `no broker has answered for ${place}`);
    }
  }
}

/** Partitions are ours to choose: see docs/decisions/0003-partitioning.md. */
export const byMessage = () => (args: { readonly message: Message }) => args.message.partition ?? 0;

const appendProducer = {
  idempotent: true,
  maxInFlightRequests: 1,
  allowAutoTopicCreation: false,
  createPartitioner: byMessage,
};
