import { setTimeout as wait } from 'node:timers/promises';
import { EventLogError } from '../errors.ts';
import type { Admin } from './kafkajs.ts';
import { ConfigResourceTypes } from './kafkajs.ts';
import type { PlannedTopic } from './topic-plan.ts';

export type TopicState = {
  readonly name: string;
  /** Absent, as planned, or other than planned in the ways told. */
  readonly differences: readonly string[];
  readonly isMissing: boolean;
};

/** Compares what is on the broker with what is planned. */
export async function compareTopics(
  admin: Admin,
  plan: readonly PlannedTopic[],
): Promise<readonly TopicState[]> {
  const there = new Set(await admin.listTopics());
  const present = plan.filter(({ name }) => there.has(name));
  const counts = await partitionCounts(admin, present);
  const configs = await topicConfigs(admin, present);
  return plan.map((topic) => {
    const { name } = topic;
    if (!there.has(name)) return { name, isMissing: true, differences: [] };
    const actual = configs.get(name) ?? new Map<string, string>();
    return { name, isMissing: false, differences: differencesOf(topic, counts.get(name), actual) };
  });
}

/** Creates what is missing; what is there stays as it is. */
export async function createTopics(
  admin: Admin,
  plan: readonly PlannedTopic[],
  replicas: number,
): Promise<readonly string[]> {
  const states = await compareTopics(admin, plan);
  const missing = plan.filter(({ name }) =>
    states.some((state) => state.name === name && state.isMissing),
  );
  if (missing.length === 0) return [];
  await admin.createTopics({
    waitForLeaders: false,
    topics: missing.map(({ name, partitions, config }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: replicas,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    })),
  });
  await untilThere(admin, missing);
  return missing.map(({ name }) => name);
}

const CREATE_WAIT_MS_MAX = 30_000;

/**
 * The controller answers before the brokers have made the partitions. They must answer for each: a transaction that ends meanwhile on a
 * partition that its broker has not opened leaves the broker's own request (`WriteTxnMarkers`) without an answer for thirty seconds, and
 * every other transaction waits behind it (Kafka 4.3.0).
 */
async function untilThere(admin: Admin, plan: readonly PlannedTopic[]): Promise<void> {
  const deadlineMs = performance.now() + CREATE_WAIT_MS_MAX;
  for (;;) {
    try {
      const states = await compareTopics(admin, plan);
      const isAsPlanned = states.every(
        ({ isMissing, differences }) => !isMissing && differences.length === 0,
      );
      if (isAsPlanned) {
        await Promise.all(plan.map(({ name }) => admin.fetchTopicOffsets(name)));
        return;
      }
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
    if (performance.now() > deadlineMs) {
      throw new EventLogError('EVENT_LOG_TOPICS_MISSING', 'what was created is not to be seen');
    }
    await wait(50);
  }
}

/** Throws `EVENT_LOG_TOPICS_MISSING`, `EVENT_LOG_PARTITIONS_DIFFER` or `EVENT_LOG_TOPICS_DIFFER`, with every topic named. */
export async function checkTopics(admin: Admin, plan: readonly PlannedTopic[]): Promise<void> {
  const states = await compareTopics(admin, plan);
  const missing = states.filter(({ isMissing }) => isMissing).map(({ name }) => name);
  if (missing.length > 0) {
    throw new EventLogError('EVENT_LOG_TOPICS_MISSING', `the broker has not ${missing.join(', ')}`);
  }
  const different = states.filter(({ differences }) => differences.length > 0);
  if (different.length === 0) return;
  const told = different.map(({ name, differences }) => `${name}: ${differences.join(', ')}`);
  const isCount = told.some((text) => text.includes(' partitions'));
  throw new EventLogError(
    isCount ? 'EVENT_LOG_PARTITIONS_DIFFER' : 'EVENT_LOG_TOPICS_DIFFER',
    told.join('; '),
  );
}

async function partitionCounts(
  admin: Admin,
  plan: readonly PlannedTopic[],
): Promise<ReadonlyMap<string, number>> {
  if (plan.length === 0) return new Map();
  const { topics } = await admin.fetchTopicMetadata({ topics: plan.map(({ name }) => name) });
  return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
}

async function topicConfigs(
  admin: Admin,
  plan: readonly PlannedTopic[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  if (plan.length === 0) return new Map();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: plan.map(({ name, config }) => ({
      type: ConfigResourceTypes.TOPIC,
      name,
      configNames: Object.keys(config),
    })),
  });
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    ]),
  );
}

/** A limit may be larger than planned and a retention longer; a producer allowed more than the broker takes would lose batches. */
function differencesOf(
  topic: PlannedTopic,
  partitions: number | undefined,
  actual: ReadonlyMap<string, string>,
): readonly string[] {
  const differences: string[] = [];
  if (partitions !== topic.partitions) {
    differences.push(`${partitions} partitions instead of ${topic.partitions}`);
  }
  for (const name of required) {
    const planned = topic.config[name];
    const found = actual.get(name);
    if (planned === undefined || found === planned) continue;
    if (atLeast.has(name) && isAtLeast(found, planned)) continue;
    differences.push(`${name} is ${found} instead of ${planned}`);
  }
  return differences;
}

const required = [
  'max.message.bytes',
  'cleanup.policy',
  'message.timestamp.type',
  'retention.ms',
  'retention.bytes',
  'delete.retention.ms',
];
const atLeast: ReadonlySet<string> = new Set([
  'max.message.bytes',
  'retention.ms',
  'retention.bytes',
  'delete.retention.ms',
]);

/** −1 is for ever. */
function isAtLeast(found: string | undefined, planned: string): boolean {
  if (found === '-1') return true;
  return planned !== '-1' && Number(found) >= Number(planned);
}
