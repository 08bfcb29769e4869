import { EventLogError } from '../errors.ts';
import type { LogMessage, MessageHeaders } from '../event-log.ts';
import type { Broker, Cluster, Connection, FetchedMessage } from './kafkajs.ts';
import { readableMessages } from './readable-messages.ts';
import { InflatedTooMuch, READ_COMMITTED, READ_UNCOMMITTED, inflatingAtMost } from './kafkajs.ts';

export type FetchFrom = {
  /** As the broker calls it. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
};

export type Fetched = {
  /** Readable ones, from the offset on. */
  readonly messages: readonly FetchedMessage[];
  /** Where to go on: behind what was fetched, control records included. */
  readonly next: number;
  /** The first offset that a reader of committed messages cannot pass yet. */
  readonly stableEnd: number;
};

/** Asks brokers directly, on one connection each. A failure is thrown as kafkajs words it; the next call looks for the leader anew. */
export interface Fetcher {
  fetch(from: FetchFrom, bytesMax: number, waitMsMax: number): Promise<Fetched>;
  /** First retained offset and next one; `stable` counts committed messages only. */
  start(topic: string, partition: number): Promise<number>;
  end(topic: string, partition: number, stable: boolean): Promise<number>;
  /** Offset of the first message appended at the time or later; the end, if there is none. */
  offsetAt(topic: string, partition: number, timeMs: number): Promise<number>;
  close(): Promise<void>;
}

/** How many times the bytes asked for the batches of one fetch, beyond its first, may become. Ours become some twenty; hostile ones thousands. */
const INFLATION_MAX = 64;

const EARLIEST = -2;
const LATEST = -1;

export function openFetcher(connection: Connection): Fetcher {
  const cluster = connection.openCluster();
  let connecting: Promise<void> | undefined;

  async function withLeader<T>(
    topic: string,
    partition: number,
    ask: (broker: Broker) => Promise<T>,
  ): Promise<T> {
    try {
      connecting ??= cluster.connect();
      await connecting;
      await cluster.addTargetTopic(topic);
      await cluster.refreshMetadataIfNecessary();
      return await ask(await leaderOf(cluster, topic, partition));
    } catch (error) {
      if (isStale(error)) await cluster.refreshMetadata().catch(() => undefined);
      else connecting = undefined;
      throw error;
    }
  }

  async function list(
    topic: string,
    partition: number,
    timestamp: number,
    isolationLevel: number,
  ): Promise<number> {
    return withLeader(topic, partition, async (broker) => {
      const topics = [{ topic, partitions: [{ partition, timestamp }] }];
      const { responses } = await broker.listOffsets({ isolationLevel, topics });
      return Number(responses[0]?.partitions[0]?.offset ?? -1);
    });
  }

  return {
    fetch: (from, bytesMax, waitMsMax) =>
      withLeader(from.topic, from.partition, async (broker) => {
        const { topic, partition, offset } = from;
        const request = (maxBytes: number) => ({
          isolationLevel: READ_COMMITTED,
          maxWaitTime: waitMsMax,
          minBytes: 1,
          maxBytes,
          topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes }] }],
        });
        const { responses } = await inflatingAtMost(INFLATION_MAX * bytesMax, () =>
          broker.fetch(request(bytesMax)),
        ).catch((error: unknown) => {
          if (!(error instanceof InflatedTooMuch)) throw error;
          // A broker gives one whole batch, however little is asked for.
          return broker.fetch(request(1));
        });
        const fetched = responses[0]?.partitions[0];
        if (fetched === undefined) return { messages: [], next: offset, stableEnd: offset };
        const stableEnd = Number(fetched.lastStableOffset);
        const raw = fetched.messages;
        const next = raw.length > 0 ? Math.max(offset, behind(raw)) : offset;
        return { messages: readableMessages(offset, fetched), next, stableEnd };
      }),
    start: (topic, partition) => list(topic, partition, EARLIEST, READ_COMMITTED),
    end: (topic, partition, stable) =>
      list(topic, partition, LATEST, stable ? READ_COMMITTED : READ_UNCOMMITTED),
    offsetAt: async (topic, partition, timeMs) => {
      const found = await list(topic, partition, timeMs, READ_COMMITTED);
      return found >= 0 ? found : list(topic, partition, LATEST, READ_COMMITTED);
    },
    close: () => cluster.disconnect(),
  };
}

async function leaderOf(cluster: Cluster, topic: string, partition: number): Promise<Broker> {
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (nodeId === undefined) {
    throw new EventLogError(
      'EVENT_LOG_INVALID',
      `the broker has no partition ${partition} of ${topic}`,
    );
  }
  return cluster.findBroker({ nodeId });
}

/** Behind the last batch: its last messages may have been removed by compaction. */
function behind(raw: readonly FetchedMessage[]): number {
  const last = raw.at(-1);
  if (last?.batchContext === undefined) return Number(last?.offset ?? -1) + 1;
  return Number(last.batchContext.firstOffset) + last.batchContext.lastOffsetDelta + 1;
}

const STALE: ReadonlySet<string> = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'REPLICA_NOT_AVAILABLE',
]);

function isStale(error: unknown): boolean {
  return STALE.has(String(Object(error).type));
}

export function toLogMessage(
  fetched: FetchedMessage,
  place: Pick<LogMessage, 'topic' | 'partition'>,
): LogMessage {
  return {
    topic: place.topic,
    partition: place.partition,
    offset: Number(fetched.offset),
    appendTimeMs: Number(fetched.timestamp),
    key: fetched.key === null ? null : fetched.key.toString(),
    headers: headersOf(fetched.headers),
    value: fetched.value,
  };
}

function headersOf(headers: FetchedMessage['headers']): MessageHeaders {
  const entries = Object.entries(headers).map(([name, value]) => [name, String(value ?? '')]);
  return Object.freeze(Object.fromEntries(entries));
}
