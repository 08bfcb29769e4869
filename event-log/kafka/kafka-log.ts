import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Topic } from '../../schemas/topics.ts';
import { compactedTopics, topics } from '../../schemas/topics.ts';
import { checkMessage, checkPartition, checkRole } from '../check-message.ts';
import { EventLogError } from '../errors.ts';
import type {
  EventLog,
  LogMessage,
  NewMessage,
  Owner,
  OwnerView,
  PartitionWork,
  Position,
  ReadLimits,
  SharedWork,
  TrimResult,
} from '../event-log.ts';
import type { ForeignTopics } from '../foreign-topics.ts';
import { partitionCount } from '../partition-ids.ts';
import type { Appender } from './appender.ts';
import { createAppender } from './appender.ts';
import type { AvroFrames } from './avro-frames.ts';
import { openFrames } from './avro-frames.ts';
import { isPermanent, toEventLogError } from './errors.ts';
import type { Fetcher } from './fetcher.ts';
import { openFetcher } from './fetcher.ts';
import { createForeignTopics } from './foreign.ts';
import type { Admin, Connection } from './kafkajs.ts';
import { connect } from './kafkajs.ts';
import type { LagLimits, LagWatch } from './lag-watch.ts';
import { watchLag } from './lag-watch.ts';
import { openLocalState } from './local-state.ts';
import { openKafkaOwner } from './owner.ts';
import { joinGroup } from './membership.ts';
import { readableEnd } from './readable-end.ts';
import type { Reader } from './reader.ts';
import { createReader } from './reader.ts';
import type { KafkaSettings } from './settings.ts';
import { toConnectionOptions } from './settings.ts';
import type { ShownProgress } from './shown-progress.ts';
import { createShownProgress } from './shown-progress.ts';
import { planTopics } from './topic-plan.ts';
import { checkTopics } from './topics.ts';
import { openTransactions } from './transactions.ts';

export type KafkaLogOptions = {
  readonly settings: KafkaSettings;
  /** Of `spans`, `records` and the changelogs, as the topics were created. */
  readonly partitions: number;
  readonly limits: LagLimits;
  readonly clock?: () => number;
  /** Told what an operator may want to know: a broker that is away, a retry. */
  readonly onWarning?: (sentence: string) => void;
};

/**
 * The event log on Apache Kafka. Throws `EVENT_LOG_TOPICS_MISSING`, `EVENT_LOG_PARTITIONS_DIFFER` or `EVENT_LOG_TOPICS_DIFFER` when the
 * topics are not as they must be, `EVENT_LOG_DENIED` when the brokers refuse us, `EVENT_LOG_WRITE_FAILED` when none answers.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog> {
  const { settings, partitions } = options;
  const onWarning = options.onWarning ?? (() => undefined);
  const connection = connect(await toConnectionOptions(settings, onWarning));
  const admin = connection.kafka.admin();
  try {
    await admin.connect();
    await checkTopics(admin, planTopics(settings.topicPrefix, partitions));
    const { clusterId } = await admin.describeCluster();
    const frames = await openFrames(settings);
    return new KafkaLog({ ...options, onWarning, connection, admin, clusterId, frames });
  } catch (error) {
    await admin.disconnect().catch(() => undefined);
    throw toEventLogError(error);
  }
}

type Parts = KafkaLogOptions & {
  readonly onWarning: (sentence: string) => void;
  readonly connection: Connection;
  readonly admin: Admin;
  readonly clusterId: string;
  readonly frames: AvroFrames;
};

class KafkaLog implements EventLog {
  readonly partitions: number;
  readonly foreign: ForeignTopics;
  readonly #parts: Parts;
  readonly #clock: () => number;
  readonly #fetcher: Fetcher;
  readonly #reader: Reader;
  readonly #appender: Appender;
  readonly #shown: ShownProgress;
  readonly #lag: LagWatch;
  readonly #owners = new Set<Owner>();
  readonly #stop = new AbortController();
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    const { connection, settings, frames } = parts;
    const nameOf = (topic: Topic): string => this.#nameOf(topic);
    const onTrouble = (error: unknown): void => this.#warn(error);
    this.#parts = parts;
    this.#clock = parts.clock ?? Date.now;
    this.partitions = parts.partitions;
    this.#fetcher = openFetcher(connection);
    this.#reader = createReader({
      openFetcher: () => openFetcher(connection),
      nameOf,
      frames,
      onTrouble,
    });
    this.#appender = createAppender({ kafka: connection.kafka, nameOf, frames });
    this.#shown = createShownProgress(this.#fetcher, settings.topicPrefix, this.#stop.signal);
    this.#lag = watchLag({
      limits: parts.limits,
      lagMsOf: (role) => this.#lagMs(role),
      clock: this.#clock,
      onTrouble,
    });
    this.foreign = createForeignTopics({ ...parts, checkLag: () => this.#lag.check(), onTrouble });
  }

  async append(messages: readonly NewMessage[]): Promise<void> {
    this.#assertOpen();
    for (const message of messages) checkMessage(message, this.partitions);
    if (messages.some(({ topic }) => topic === topics.spans)) this.#lag.check();
    await told(this.#appender.append(messages));
  }

  async read(from: Position, limits: ReadLimits): Promise<readonly LogMessage[]> {
    this.#assertOpen();
    checkPartition(from.topic, from.partition, this.partitions);
    return told(this.#reader.read(from, limits));
  }

  async range(topic: Topic, partition: number): Promise<{ start: number; end: number }> {
    this.#assertOpen();
    checkPartition(topic, partition, this.partitions);
    const place = { topic: this.#nameOf(topic), partition };
    const start = await patiently(() => this.#fetcher.start(place.topic, partition));
    const end = await patiently(() => readableEnd(this.#fetcher, { ...place, start }));
    return { start, end: Math.max(start, end) };
  }

  async openOwner(role: string, partition: number): Promise<Owner> {
    this.#assertOpen();
    checkRole(role);
    const { connection, settings, clusterId, frames } = this.#parts;
    const { topicPrefix: prefix, transactionWaitMsMax } = settings;
    const groupId = `${prefix}waybill.${role}`;
    const owner = await openKafkaOwner({
      place: { role, partition, prefix },
      partitions: this.partitions,
      frames,
      fetcher: this.#fetcher,
      local: openLocalState(
        join(settings.stateDirectory, clusterId, prefix || 'waybill'),
        `${role}-${partition}`,
      ),
      clock: this.#clock,
      openTransactions: () =>
        openTransactions({
          kafka: connection.kafka,
          transactionalId: `${groupId}.${partition}`,
          groupId,
          transactionWaitMsMax,
        }),
      onTrouble: (error) => this.#warn(error),
      signal: this.#stop.signal,
    });
    this.#owners.add(owner);
    return owner;
  }

  async share(role: string, topic: Topic, work: PartitionWork): Promise<SharedWork> {
    this.#assertOpen();
    checkRole(role);
    checkPartition(topic, 0, this.partitions);
    const { connection, settings } = this.#parts;
    const shared = joinGroup(
      {
        kafka: connection.kafka,
        groupId: `${settings.topicPrefix}waybill.${role}`,
        topic: this.#nameOf(topic),
        partitions: partitionCount(topic, this.partitions),
        sessionWaitMsMax: settings.sessionWaitMsMax,
        onTrouble: (error) => this.#warn(error),
      },
      work,
    );
    return told(shared);
  }

  async inspect(role: string, partition: number): Promise<OwnerView> {
    this.#assertOpen();
    checkRole(role);
    return patiently(() => this.#shown.view(role, partition));
  }

  /** Deletes up to an offset. Tombstones of compacted topics are the broker's to drop, after `delete.retention.ms`. */
  async trim(
    topic: Topic,
    beforeMs: number,
    requiredReaders: readonly string[],
  ): Promise<TrimResult> {
    this.#assertOpen();
    checkPartition(topic, 0, this.partitions);
    for (const role of requiredReaders) checkRole(role);
    const heldBackBy = new Set<string>();
    if (compactedTopics.has(topic)) return { droppedMessages: 0, heldBackBy: [] };
    let droppedMessages = 0;
    for (let partition = 0; partition < partitionCount(topic, this.partitions); partition += 1) {
      const name = this.#nameOf(topic);
      const { start } = await this.range(topic, partition);
      let offset = await patiently(() => this.#fetcher.offsetAt(name, partition, beforeMs));
      for (const role of requiredReaders) {
        const position = (await this.inspect(role, partition)).position(topic, partition);
        if (position < offset) heldBackBy.add(role);
        offset = Math.min(offset, position);
      }
      if (offset <= start) continue;
      const partitions = [{ partition, offset: String(offset) }];
      await told(this.#parts.admin.deleteTopicRecords({ topic: name, partitions }));
      droppedMessages += offset - start;
    }
    return { droppedMessages, heldBackBy: [...heldBackBy] };
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#closeOnce());
  }

  async #closeOnce(): Promise<void> {
    this.#lag.stop();
    await this.#appender.close();
    this.#stop.abort();
    await Promise.all([...this.#owners].map((owner) => owner.close()));
    await this.#reader.close();
    await this.#fetcher.close();
    await this.#parts.admin.disconnect();
  }

  #nameOf(topic: Topic): string {
    return this.#parts.settings.topicPrefix + topic;
  }

  /** How long the oldest message that the role has not committed has been waiting. */
  async #lagMs(role: string): Promise<number> {
    let lagMs = 0;
    for (let partition = 0; partition < this.partitions; partition += 1) {
      const view = await this.#shown.view(role, partition);
      const offset = view.position(topics.spans, partition);
      const place = { topic: this.#nameOf(topics.spans), partition, offset };
      const start = await this.#fetcher.start(place.topic, partition);
      const from = { ...place, offset: Math.max(start, offset) };
      const { messages } = await this.#fetcher.fetch(from, 1, 0);
      const [oldest] = messages;
      if (oldest) lagMs = Math.max(lagMs, this.#clock() - Number(oldest.timestamp));
    }
    return lagMs;
  }

  #warn(error: unknown): void {
    if (isPermanent(error) || this.#closing === undefined) {
      this.#parts.onWarning(error instanceof Error ? error.message : String(error));
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new EventLogError('EVENT_LOG_CLOSED', 'it was closed');
  }
}

/** So long a look waits for a broker that is away or a partition that has no leader; then it fails. */
const LOOK_WAIT_MS_MAX = 10_000;

async function patiently<T>(look: () => Promise<T>): Promise<T> {
  const deadlineMs = performance.now() + LOOK_WAIT_MS_MAX;
  for (let pauseMs = 20; ; pauseMs = Math.min(2 * pauseMs, 1000)) {
    try {
      return await look();
    } catch (error) {
      if (isPermanent(error) || performance.now() + pauseMs > deadlineMs) {
        throw toEventLogError(error);
      }
      await wait(pauseMs);
    }
  }
}

async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toEventLogError(error);
  }
}
