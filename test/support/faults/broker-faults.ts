import type { Admin } from 'kafkajs';
import { Kafka, logLevel } from 'kafkajs';
import { untilReady } from '../kafka/broker-ready.ts';
import { eventually } from '../pipeline.ts';
import type { Scenario } from './scenario.ts';
import { wait } from './scenario.ts';
import type { World } from './world.ts';

const NODES = [0, 1, 2] as const;

const killed: Scenario = {
  name: 'a broker is killed',
  holdMs: [1000, 3000],
  inject: async ({ brokers }, random) => {
    const node = random() % NODES.length;
    await brokers.kill(node);
    return async () => {
      await brokers.start(node);
      await untilReady(brokers.addresses);
    };
  },
};

/** Longer than the others wait for it, so that they choose new leaders, of which it knows nothing when it wakes up. */
const paused: Scenario = {
  name: 'a broker hangs',
  holdMs: [3000, 9000],
  inject: async ({ brokers }, random) => {
    const node = random() % NODES.length;
    brokers.pause(node);
    return async () => {
      brokers.resume(node);
      await untilReady(brokers.addresses);
    };
  },
};

/** Of everything that a node leads, coordinators too, others become leaders. */
const leaderMoved: Scenario = {
  name: 'leaders move',
  holdMs: [500, 1500],
  inject: async (world, random) => {
    const node = random() % NODES.length;
    const others = NODES.filter((other) => other !== node);
    await withAdmin(world, (admin) => assignReplicas(world, admin, others));
    return () => withAdmin(world, (admin) => assignReplicas(world, admin, [...others, node]));
  },
};

/** Milliseconds; a minute unless CI has less. */
const outageMs = Number(process.env['WAYBILL_FAULT_OUTAGE_MS'] ?? '60000');

const allDown: Scenario = {
  name: `all brokers are down for ${outageMs / 1000} s`,
  holdMs: [outageMs, outageMs],
  inject: async ({ brokers }, random) => {
    await Promise.all(
      NODES.map(async (node) => {
        await wait(random() % 300);
        await brokers.kill(node);
      }),
    );
    return async () => {
      await Promise.all(NODES.map((node) => brokers.start(node)));
      await untilReady(brokers.addresses);
    };
  },
};

async function withAdmin({ brokers }: World, work: (admin: Admin) => Promise<void>): Promise<void> {
  const kafka = new Kafka({ brokers: [...brokers.addresses], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Returns when every partition has its leader among them. */
async function assignReplicas(
  { deployment }: World,
  admin: Admin,
  replicas: readonly number[],
): Promise<void> {
  const { topicPrefix } = deployment.fresh.settings;
  const names = (await admin.listTopics()).filter(
    (name) => name.startsWith(topicPrefix) || name.startsWith('__'),
  );
  const leaders = async (): Promise<readonly number[]> => {
    const { topics } = await admin.fetchTopicMetadata({ topics: names });
    return topics.flatMap(({ partitions }) => partitions.map(({ leader }) => leader));
  };
  const { topics } = await admin.fetchTopicMetadata({ topics: names });
  await admin.alterPartitionReassignments({
    topics: topics.map(({ name, partitions }) => ({
      topic: name,
      partitionAssignment: partitions.map(({ partitionId }) => ({
        partition: partitionId,
        replicas: [...replicas],
      })),
    })),
    timeout: 30_000,
  });
  await eventually(leaders, (now) => now.every((leader) => replicas.includes(leader)), 30_000);
}

export const brokerFaults: readonly Scenario[] = [killed, paused, leaderMoved, allDown];
