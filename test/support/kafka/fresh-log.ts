import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import type { EventLog } from '../../../event-log/event-log.ts';
import { openKafkaLog } from '../../../event-log/kafka/kafka-log.ts';
import type { KafkaSettings } from '../../../event-log/kafka/settings.ts';
import { kafkaSettingsSchema } from '../../../event-log/kafka/settings.ts';
import { planTopics } from '../../../event-log/kafka/topic-plan.ts';
import { createTopics } from '../../../event-log/kafka/topics.ts';

/** Topics that no other test has, on brokers that are shared. */
export type FreshLog = {
  readonly settings: KafkaSettings;
  readonly partitions: number;
  open(): Promise<EventLog>;
  destroy(): Promise<void>;
};

export async function freshLog(
  brokers: readonly string[],
  partitions: number,
  replicas = 1,
): Promise<FreshLog> {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'waybill-state-'));
  const topicPrefix = `t${randomBytes(4).toString('hex')}.`;
  const settings = kafkaSettingsSchema.parse({ brokers, topicPrefix, stateDirectory });
  await withAdmin(brokers, async (admin) => {
    await createTopics(admin, planTopics(topicPrefix, partitions), replicas);
  });
  return {
    settings,
    partitions,
    open: () => openTestLog(settings, partitions),
    // The topics go with the broker.
    destroy: async () => rmSync(stateDirectory, { recursive: true, force: true }),
  };
}

export function openTestLog(settings: KafkaSettings, partitions: number): Promise<EventLog> {
  const limits = { lagMsMax: Infinity, requiredReaders: [] };
  return openKafkaLog({ settings, partitions, limits });
}

type Admin = ReturnType<Kafka['admin']>;

async function withAdmin(brokers: readonly string[], work: (admin: Admin) => Promise<void>) {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.disconnect();
  }
}
