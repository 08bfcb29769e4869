import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { constants, gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import type { KafkaConfig, Logger, logLevel as LogLevel } from 'kafkajs';

export type { Admin, Consumer, Kafka, Message, PartitionAssigner, Producer } from 'kafkajs';

/** The one place that knows kafkajs, its gaps and its inner parts. Pinned: it has had no release since 2.2.4. */
export type Connection = {
  readonly kafka: kafkajs.Kafka;
  /** A connection of its own to the brokers, for fetches: a broker answers one connection's requests one after the other. */
  readonly openCluster: () => Cluster;
};

export type ConnectionOptions = Pick<KafkaConfig, 'brokers' | 'clientId'> & {
  readonly ssl?: NonNullable<KafkaConfig['ssl']>;
  readonly sasl?: NonNullable<KafkaConfig['sasl']>;
  readonly requestWaitMsMax: number;
  /** Told what kafkajs warns of, as one sentence. */
  readonly onWarning: (sentence: string) => void;
};

/** Quick at first, since most is over in milliseconds (a transaction still being ended), and some twenty seconds in all. */
const RETRY = { initialRetryTime: 20, maxRetryTime: 4000, retries: 12, multiplier: 2, factor: 0.2 };

export function connect(options: ConnectionOptions): Connection {
  const { onWarning, requestWaitMsMax, ...rest } = options;
  const logCreator = () => (entry: LogEntry) => onWarning(sentenceOf(entry));
  const config: KafkaConfig = {
    ...rest,
    requestTimeout: requestWaitMsMax,
    connectionTimeout: 5000,
    retry: RETRY,
    logLevel: kafkajs.logLevel.WARN,
    logCreator,
  };
  const kafka = new kafkajs.Kafka(config);
  const rootLogger = createLogger({ level: kafkajs.logLevel.WARN, logCreator });
  const openCluster = (): Cluster =>
    new ClusterClass({
      ...config,
      logger: rootLogger,
      socketFactory: socketFactory(),
      enforceRequestTimeout: true,
      metadataMaxAge: 300_000,
      allowAutoTopicCreation: false,
      maxInFlightRequests: null,
      isolationLevel: READ_COMMITTED,
    });
  return { kafka, openCluster };
}

export const READ_UNCOMMITTED = 0;
export const READ_COMMITTED = 1;

/** What of kafkajs' inner client is used: it fetches from any offset without a consumer group, which the public one cannot. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[];
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  findBroker(node: { readonly nodeId: string }): Promise<Broker>;
}

export interface Broker {
  fetch(request: FetchRequest): Promise<{ readonly responses: readonly FetchedTopic[] }>;
  listOffsets(request: ListOffsetsRequest): Promise<{ readonly responses: readonly ListedTopic[] }>;
}

type FetchRequest = {
  readonly isolationLevel: number;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly fetchOffset: string;
      readonly maxBytes: number;
    }[];
  }[];
};

type FetchedTopic = { readonly partitions: readonly FetchedPartition[] };
export type FetchedPartition = {
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly messages: readonly FetchedMessage[];
};
export type FetchedMessage = {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | undefined>>;
  readonly batchContext?: { readonly firstOffset: string; readonly lastOffsetDelta: number };
};

type ListOffsetsRequest = {
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
  }[];
};
type ListedTopic = { readonly partitions: readonly { readonly offset: string }[] };

/** The messages at and after the offset, without those of aborted transactions and without control records. */
export function readableMessages(
  topic: string,
  offset: number,
  fetched: FetchedPartition,
): readonly FetchedMessage[] {
  return new BatchClass(topic, String(offset), fetched).messages;
}

export const { AssignerProtocol, CompressionTypes, ConfigResourceTypes } = kafkajs;

const require = createRequire(import.meta.url);
const ClusterClass = require('kafkajs/src/cluster') as new (options: unknown) => Cluster;
const BatchClass = require('kafkajs/src/consumer/batch') as new (
  topic: string,
  offset: string,
  fetched: FetchedPartition,
) => { readonly messages: readonly FetchedMessage[] };
const socketFactory = require('kafkajs/src/network/socketFactory') as () => unknown;
const { createLogger } = require('kafkajs/src/loggers') as {
  readonly createLogger: (options: unknown) => Logger;
};

// Level 1: at 850 bytes a span it costs less than the hashing of the bytes that it saves.
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** What one batch may become: others write to topics that we read, and a few bytes can stand for gigabytes. */
const BATCH = { maxOutputLength: 64 * 1024 * 1024 };
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
type Encoded = { readonly buffer: Buffer };
kafkajs.CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: (encoder: Encoded) => compress(encoder.buffer, ZSTD),
  decompress: (buffer: Buffer) => decompress(buffer, BATCH),
});
const inflate = promisify(gunzip);
const deflate = promisify(gzip);
kafkajs.CompressionCodecs[CompressionTypes.GZIP] = () => ({
  compress: (encoder: Encoded) => deflate(encoder.buffer),
  decompress: (buffer: Buffer) => inflate(buffer, BATCH),
});

// kafkajs looks for waiting requests by a timer that sets itself again each millisecond, for ever, on each connection, with a negative
// delay of which Node 24 warns. It is needed only while requests wait.
type RequestQueue = { readonly pending: readonly unknown[]; scheduleCheckPendingRequests(): void };
const { prototype: requestQueue } = require('kafkajs/src/network/requestQueue') as {
  readonly prototype: RequestQueue;
};
const schedule: unknown = Reflect.get(requestQueue, 'scheduleCheckPendingRequests');
requestQueue.scheduleCheckPendingRequests = function (this: RequestQueue): void {
  if (this.pending.length > 0 && typeof schedule === 'function') schedule.call(this);
};

type LogEntry = {
  readonly namespace: string;
  readonly level: LogLevel;
  readonly log: { readonly message: string; readonly [extra: string]: unknown };
};

function sentenceOf({ namespace, log }: LogEntry): string {
  return `${namespace}: ${log.message}`;
}
