import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { decodeTraces } from '../../../otlp/decode-traces.ts';
import type { EventLog, LogMessage } from '../../../event-log/event-log.ts';
import type { Topic } from '../../../schemas/topics.ts';
import { topics } from '../../../schemas/topics.ts';
import { tracesType } from '../otlp-proto.ts';
import { eventually } from '../pipeline.ts';

/** One span in a foreign topic. */
export type ForeignSpan = { readonly traceId: string; readonly spanId: string };

export const FOREIGN_EMAIL = 'mary.foreign@example.com';

/** `count` spans, three to a trace, whose ids say where they were made. */
export function foreignSpans(count: number, seed: number): readonly ForeignSpan[] {
  return Array.from({ length: count }, (_, at) => ({
    traceId: hex(seed, 8) + hex(Math.floor(at / 3), 24),
    spanId: hex(seed, 8) + hex(at + 1, 8),
  }));
}

/** As the exporter's `otlp_proto` writes them: a `TracesData`, here by protobufjs. */
export function otlpProto(spans: readonly ForeignSpan[]): Buffer {
  const encoded = spans.map(({ traceId, spanId }) => ({
    traceId: Buffer.from(traceId, 'hex'),
    spanId: Buffer.from(spanId, 'hex'),
    name: 'tools/call lookup',
    kind: 3,
    startTimeUnixNano: 1_795_000_000_000_000_000,
    endTimeUnixNano: 1_795_000_001_000_000_000,
    attributes: [
      { key: 'user.email', value: { stringValue: FOREIGN_EMAIL } },
      { key: 'tenant', value: { stringValue: 'somebody-else' } },
    ],
  }));
  const resourceSpans = [{ resource: {}, scopeSpans: [{ scope: {}, spans: encoded }] }];
  return Buffer.from(tracesType.encode(tracesType.fromObject({ resourceSpans })).finish());
}

export type ForeignWrite = {
  readonly partition: number;
  readonly key?: string;
  readonly value: Buffer | null;
};

/** Makes the topics, with several partitions each, and gives a way to write to them as a producer that is none of ours. */
export async function openForeignTopics(brokers: readonly string[], names: readonly string[]) {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  // What it writes is there once, so that what is taken twice was taken twice by us.
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: () => (args) => args.message.partition ?? 0,
  });
  await admin.connect();
  await producer.connect();
  await admin.createTopics({
    topics: names.map((topic) => ({ topic, numPartitions: FOREIGN_PARTITIONS })),
    waitForLeaders: false,
  });
  // The client's own waiting gives up where the broker has not heard of the topic yet.
  const answers = (topic: string): Promise<boolean> =>
    admin.fetchTopicOffsets(topic).then(
      () => true,
      () => false,
    );
  for (const name of names) {
    await eventually(
      () => answers(name),
      (isThere) => isThere,
      30_000,
    );
  }
  return {
    write: async (topic: string, messages: readonly ForeignWrite[]) => {
      await producer.send({ topic, acks: -1, messages: [...messages] });
    },
    deleteBefore: async (topic: string, partition: number, offset: number) => {
      // Deleting asks no broker for the leaders: they must be known.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({
        topic,
        partitions: [{ partition, offset: String(offset) }],
      });
    },
    /** The broker itself, in Java, compresses from now on what is written. */
    compress: async (topic: string, codec: string) => {
      const configEntries = [{ name: 'compression.type', value: codec }];
      const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configEntries };
      await admin.alterConfigs({ validateOnly: false, resources: [resource] });
    },
    /** More partitions, which the producer then writes to. */
    grow: async (topic: string, count: number) => {
      await admin.createPartitions({ topicPartitions: [{ topic, count }] });
      await eventually(
        async () => (await admin.fetchTopicOffsets(topic).catch(() => [])).length,
        (there) => there === count,
        30_000,
      );
      await producer.disconnect();
      await producer.connect();
    },
    close: async () => {
      await producer.disconnect();
      await admin.disconnect();
    },
  };
}

export const FOREIGN_PARTITIONS = 3;

/** Everything that our spans topic holds, span by span. */
export async function takenSpans(log: EventLog) {
  const taken: { id: string; traceId: string; partition: number; message: LogMessage }[] = [];
  for (let partition = 0; partition < log.partitions; partition += 1) {
    for (const message of await readAll(log, topics.spans, partition)) {
      for (const span of decodeTraces(message.value ?? Buffer.alloc(0))) {
        taken.push({ id: span.spanId, traceId: span.traceId, partition, message });
      }
    }
  }
  return taken;
}

export async function readAll(
  log: EventLog,
  topic: Topic,
  partition: number,
): Promise<readonly LogMessage[]> {
  const all: LogMessage[] = [];
  const { end } = await log.range(topic, partition);
  for (let offset = 0; offset < end;) {
    const read = await log.read(
      { topic, partition, offset },
      { messagesMax: 10_000, bytesMax: 8e6, waitMsMax: 2000 },
    );
    if (read.length === 0) break;
    all.push(...read);
    offset = (read.at(-1)?.offset ?? offset) + 1;
  }
  return all;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
