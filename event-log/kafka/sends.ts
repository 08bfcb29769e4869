import type { MessageHeaders, NewMessage } from '../event-log.ts';
import type { AvroFrames } from './avro-frames.ts';
import type { Message } from './kafkajs.ts';
import { batchBytesMax } from './topic-plan.ts';

/** A message with the topic as the broker calls it. */
export type NamedMessage = {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  readonly headers: MessageHeaders;
  readonly value: Uint8Array | null;
};

export type TopicMessages = { readonly topic: string; readonly messages: Message[] };

/** Bytes of one request to the brokers, well below what they take (100 MiB). */
const SEND_BYTES_MAX = 8 * 1024 * 1024;
/** Kafka's own part of one message in a batch, at most. */
const RECORD_BYTES_MAX = 64;

/**
 * Splits messages into sends, in order: a send brings one batch a partition, and each batch stays below what its topic takes.
 */
export function splitIntoSends(
  messages: readonly NewMessage[],
  { nameOf, frames }: Naming,
): readonly TopicMessages[][] {
  return splitNamed(
    messages.map((message) => ({
      ...message,
      topic: nameOf(message.topic),
      value: frames.toWire(message.topic, message.value),
    })),
  );
}

/** How topics are called and Avro values framed on the brokers. */
export type Naming = {
  readonly nameOf: (topic: NewMessage['topic']) => string;
  readonly frames: AvroFrames;
};

/** The same, with one partition a send. */
export function splitByPartition(messages: readonly NamedMessage[]): readonly TopicMessages[][] {
  const groups = Map.groupBy(messages, ({ topic, partition }) => `${topic}/${partition}`);
  return [...groups.values()].flatMap((group) => splitNamed(group));
}

export function splitNamed(messages: readonly NamedMessage[]): readonly TopicMessages[][] {
  const sends: TopicMessages[][] = [];
  let open = newSend();
  for (const message of messages) {
    const bytes = bytesOf(message);
    const id = `${message.topic}/${message.partition}`;
    const partitionBytes = (open.partitions.get(id) ?? 0) + bytes;
    const isFull = partitionBytes > batchBytesMax || open.bytes + bytes > SEND_BYTES_MAX;
    if (isFull && open.bytes > 0) {
      sends.push([...open.topics.values()]);
      open = newSend();
    }
    open.bytes += bytes;
    open.partitions.set(id, (open.partitions.get(id) ?? 0) + bytes);
    const ofTopic = open.topics.get(message.topic) ?? { topic: message.topic, messages: [] };
    open.topics.set(message.topic, ofTopic);
    ofTopic.messages.push(toKafka(message));
  }
  if (open.bytes > 0) sends.push([...open.topics.values()]);
  return sends;
}

type OpenSend = {
  bytes: number;
  readonly partitions: Map<string, number>;
  readonly topics: Map<string, TopicMessages>;
};

function newSend(): OpenSend {
  return { bytes: 0, partitions: new Map(), topics: new Map() };
}

function bytesOf({ key, headers, value }: NamedMessage): number {
  let bytes = RECORD_BYTES_MAX + (value?.length ?? 0) + (key === null ? 0 : 3 * key.length);
  for (const name in headers) bytes += 16 + name.length + 3 * (headers[name]?.length ?? 0);
  return bytes;
}

function toKafka({ partition, key, headers, value }: NamedMessage): Message {
  const bytes =
    value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { partition, key, headers: { ...headers }, value: bytes };
}
