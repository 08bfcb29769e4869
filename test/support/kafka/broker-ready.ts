import { setTimeout as wait } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';

const READY_WAIT_MS_MAX = 180_000;

/**
 * Resolves once the coordinators of groups and of transactions answer: the port listens long before. One true operation each, an offset
 * fetch and the opening of a transactional producer.
 */
export async function untilReady(addresses: readonly string[]): Promise<void> {
  const kafka = new Kafka({
    brokers: [...addresses],
    clientId: 'readiness',
    logLevel: logLevel.NOTHING,
    retry: { retries: 1, initialRetryTime: 50 },
  });
  const deadline = Date.now() + READY_WAIT_MS_MAX;
  for (;;) {
    try {
      await askCoordinators(kafka, addresses.length);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await wait(100);
    }
  }
}

async function askCoordinators(kafka: Kafka, nodes: number): Promise<void> {
  const admin = kafka.admin();
  const producer = kafka.producer({
    transactionalId: 'readiness',
    createPartitioner: () => () => 0,
  });
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    if (brokers.length < nodes) throw new Error(`${brokers.length} of ${nodes} brokers are there.`);
    await admin.fetchOffsets({ groupId: 'readiness' });
    await producer.connect();
    await (await producer.transaction()).abort();
  } finally {
    await admin.disconnect();
    await producer.disconnect();
  }
}
