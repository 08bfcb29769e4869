import { toEventLogError } from './errors.ts';
import type { Acl } from './kafkajs.ts';
import { aclWords, connect } from './kafkajs.ts';
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
  /** What of these a principal is not allowed yet, and what it is allowed beyond them. */
  compareAcls(principal: string, acls: readonly Acl[]): Promise<AclDifference>;
  /** Allows what is missing; nothing is taken away. */
  allow(acls: readonly Acl[]): Promise<void>;
  close(): Promise<void>;
}

export type AclDifference = { readonly missing: readonly Acl[]; readonly beyond: readonly Acl[] };

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
    compareAcls: async (principal, acls) => {
      const { resources } = await told(admin.describeAcls({ ...aclWords.any, principal }));
      const found = resources.flatMap(({ acls: each, ...resource }) =>
        each.map((acl): Acl => ({ ...resource, ...acl })),
      );
      const [wanted, there] = [acls, found].map((all) => new Set(all.map(keyOf)));
      return {
        missing: acls.filter((acl) => !there?.has(keyOf(acl))),
        beyond: found.filter((acl) => !wanted?.has(keyOf(acl))),
      };
    },
    allow: async (acls) => {
      if (acls.length > 0) await told(admin.createAcls({ acl: [...acls] }));
    },
    close: () => admin.disconnect(),
  };
}

function keyOf(acl: Acl): string {
  const { resourceType, resourceName, resourcePatternType, principal, operation } = acl;
  return JSON.stringify([resourceType, resourceName, resourcePatternType, principal, operation]);
}
