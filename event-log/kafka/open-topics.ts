import { toEventLogError } from './errors.ts';
import { connect } from './kafkajs.ts';
import type { KafkaSettings } from './settings.ts';
import { toConnectionOptions } from './settings.ts';
import { planTopics } from './topic-plan.ts';
import type { TopicState } from './topics.ts';
import { compareTopics, createTopics } from './topics.ts';

/** The topics of a deployment, for whoever sets it up. */
export interface DeploymentTopics {
  compare(): Promise<readonly TopicState[]>;
  /** Creates what is missing, and names it. */
  create(replicas: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openTopics(
  settings: KafkaSettings,
  partitions: number,
): Promise<DeploymentTopics> {
  const connection = connect(await toConnectionOptions(settings, () => undefined));
  const admin = connection.kafka.admin();
  const plan = planTopics(settings.topicPrefix, partitions);
  const told = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw toEventLogError(error);
    }
  };
  await told(admin.connect());
  return {
    compare: () => told(compareTopics(admin, plan)),
    create: (replicas) => told(createTopics(admin, plan, replicas)),
    close: () => admin.disconnect(),
  };
}
