import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { constants, gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import type { AclEntry, KafkaConfig, Logger, logLevel as LogLevel } from 'kafkajs';
import { inflateLz4 } from './inflate-lz4.ts';
import { inflateSnappy } from './inflate-snappy.ts';

export type {
  Admin,
  Consumer,
  Kafka,
  Message,
  PartitionAssigner,
  Producer,
  RecordMetadata,
} from 'kafkajs';

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
  readonly abortedTransactions?: readonly {
    readonly producerId: string;
    readonly firstOffset: string;
  }[];
  readonly messages: readonly FetchedMessage[];
};
export type FetchedMessage = {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | undefined>>;
  readonly isControlRecord?: boolean;
  /** Absent in the oldest formats, which know no transactions. */
  readonly batchContext?: {
    readonly firstOffset: string;
    readonly lastOffsetDelta: number;
    readonly producerId: string;
    readonly inTransaction: boolean;
  };
};

type ListOffsetsRequest = {
  readonly isolationLevel: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
  }[];
};
type ListedTopic = { readonly partitions: readonly { readonly offset: string }[] };

export const { AssignerProtocol, CompressionTypes, ConfigResourceTypes } = kafkajs;

/** One permission, in the numbers of Kafka's protocol. */
export type Acl = AclEntry;

export const aclWords = {
  resources: {
    topic: kafkajs.AclResourceTypes.TOPIC,
    group: kafkajs.AclResourceTypes.GROUP,
    transactionalId: kafkajs.AclResourceTypes.TRANSACTIONAL_ID,
  },
  operations: {
    describe: kafkajs.AclOperationTypes.DESCRIBE,
    describeConfigs: kafkajs.AclOperationTypes.DESCRIBE_CONFIGS,
    delete: kafkajs.AclOperationTypes.DELETE,
    read: kafkajs.AclOperationTypes.READ,
    write: kafkajs.AclOperationTypes.WRITE,
  },
  patterns: {
    literal: kafkajs.ResourcePatternTypes.LITERAL,
    prefixed: kafkajs.ResourcePatternTypes.PREFIXED,
  },
  allow: kafkajs.AclPermissionTypes.ALLOW,
  /** What any permission of a principal matches. */
  any: {
    resourceType: kafkajs.AclResourceTypes.ANY,
    resourcePatternType: kafkajs.ResourcePatternTypes.ANY,
    operation: kafkajs.AclOperationTypes.ANY,
    permissionType: kafkajs.AclPermissionTypes.ANY,
  },
} as const;

const require = createRequire(import.meta.url);
const ClusterClass = require('kafkajs/src/cluster') as new (options: unknown) => Cluster;
const socketFactory = require('kafkajs/src/network/socketFactory') as () => unknown;
const { createLogger } = require('kafkajs/src/loggers') as {
  readonly createLogger: (options: unknown) => Logger;
};

// Level 1: at 850 bytes a span it costs less than the hashing of the bytes that it saves.
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** What one batch may become: others write to topics that we read, and a few bytes can stand for gigabytes. */
const BATCH_INFLATED_BYTES_MAX = 64 * 1024 * 1024;

/** What may yet come of the batches of the fetch under way; the first is always let through. */
type Inflating = { batches: number; bytesLeft: number };
const inflating = new AsyncLocalStorage<Inflating>();

/** The batches of one fetch became larger than was allowed: fewer of them are to be fetched. */
export class InflatedTooMuch extends Error {
  override readonly name = 'InflatedTooMuch';
}

/** Runs a fetch whose batches, beyond its first, may become so many bytes together. Throws `InflatedTooMuch`. */
export function inflatingAtMost<T>(bytesMax: number, fetch: () => Promise<T>): Promise<T> {
  return inflating.run({ batches: 0, bytesLeft: bytesMax }, fetch);
}

/** Room for one more batch, then what it took of it. */
async function withinFetch(decompress: (bytesMax: number) => Promise<Buffer>): Promise<Buffer> {
  const fetch = inflating.getStore();
  if (fetch === undefined) return decompress(BATCH_INFLATED_BYTES_MAX);
  fetch.batches += 1;
  const isFirst = fetch.batches === 1;
  if (!isFirst && fetch.bytesLeft <= 0) throw new InflatedTooMuch();
  const bytesMax = isFirst
    ? BATCH_INFLATED_BYTES_MAX
    : Math.min(fetch.bytesLeft, BATCH_INFLATED_BYTES_MAX);
  try {
    const inflated = await decompress(bytesMax);
    fetch.bytesLeft -= inflated.length;
    return inflated;
  } catch (error) {
    if (isFirst || Reflect.get(Object(error), 'code') !== 'ERR_BUFFER_TOO_LARGE') throw error;
    throw new InflatedTooMuch('', { cause: error });
  }
}
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
type Encoded = { readonly buffer: Buffer };
kafkajs.CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: (encoder: Encoded) => compress(encoder.buffer, ZSTD),
  decompress: (buffer: Buffer) =>
    withinFetch((maxOutputLength) => decompress(buffer, { maxOutputLength })),
});
const inflate = promisify(gunzip);
const deflate = promisify(gzip);
kafkajs.CompressionCodecs[CompressionTypes.GZIP] = () => ({
  compress: (encoder: Encoded) => deflate(encoder.buffer),
  decompress: (buffer: Buffer) =>
    withinFetch((maxOutputLength) => inflate(buffer, { maxOutputLength })),
});

// Others may write these; we never do.
const inflaterOnly = (inflateBatch: (bytes: Buffer, bytesMax: number) => Buffer) => () => ({
  compress: () => Promise.reject(new TypeError('Nothing of ours is written so.')),
  decompress: (buffer: Buffer) =>
    withinFetch(async (bytesMax) => Promise.resolve(inflateBatch(buffer, bytesMax))),
});
kafkajs.CompressionCodecs[CompressionTypes.Snappy] = inflaterOnly(inflateSnappy);
kafkajs.CompressionCodecs[CompressionTypes.LZ4] = inflaterOnly(inflateLz4);

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

// kafkajs asks every broker for a coordinator and forgets what each said. That we are not allowed to know it must not look like a broker
// that is away, which is waited for: the question is put once more, and its answer told.
type Coordinated = {
  findGroupCoordinatorMetadata(asked: object): Promise<unknown>;
  findControllerBroker(): Promise<{ findGroupCoordinator(asked: object): Promise<unknown> }>;
};
const { prototype: cluster } = require('kafkajs/src/cluster') as {
  readonly prototype: Coordinated;
};
const findCoordinator: unknown = Reflect.get(cluster, 'findGroupCoordinatorMetadata');
cluster.findGroupCoordinatorMetadata = async function (this: Coordinated, asked: object) {
  try {
    if (typeof findCoordinator !== 'function') throw new TypeError('kafkajs is another one.');
    return await (findCoordinator.call(this, asked) as Promise<unknown>);
  } catch (error) {
    const isHidden = error instanceof Error && error.name === 'KafkaJSGroupCoordinatorNotFound';
    if (isHidden) await (await this.findControllerBroker()).findGroupCoordinator(asked);
    throw error;
  }
};

type LogEntry = {
  readonly namespace: string;
  readonly level: LogLevel;
  readonly log: { readonly message: string; readonly [extra: string]: unknown };
};

function sentenceOf({ namespace, log }: LogEntry): string {
  return `${namespace}: ${log.message}`;
}
