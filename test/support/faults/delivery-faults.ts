import { Kafka, logLevel } from 'kafkajs';
import { headerNames, spanMessageKinds, topics } from '../../../schemas/topics.ts';
import type { Scenario } from './scenario.ts';

/** Every request is sent twice, at once, and the last part of a trace first. */
const disordered: Scenario = {
  name: 'delivery is doubled and out of order',
  holdMs: [500, 1000],
  inject: async () => async () => undefined,
  order: ({ stages, again }) =>
    [...stages, again].toReversed().map((stage) => [...stage, ...stage].toReversed()),
};

/** Straight into the topic of spans, as a broken writer with our own rights would. */
const poison: Scenario = {
  name: 'messages that nobody can read lie in the topic of spans',
  holdMs: [500, 1000],
  inject: async ({ brokers, deployment }, random) => {
    const { topicPrefix } = deployment.fresh.settings;
    const kafka = new Kafka({ brokers: [...brokers.addresses], logLevel: logLevel.NOTHING });
    const producer = kafka.producer();
    await producer.connect();
    const told = {
      [headerNames.kind]: spanMessageKinds.spans,
      [headerNames.tenant]: 'default',
      [headerNames.producer]: 'poisoner',
      [headerNames.trust]: 'application',
    };
    const bytes = Buffer.alloc(200, random() % 256);
    const messages = [
      { value: bytes, headers: told },
      { value: bytes, headers: {} },
      { value: null, headers: told },
      { value: Buffer.alloc(0), headers: { ...told, [headerNames.trust]: 'a king' } },
      { value: bytes, headers: { ...told, [headerNames.kind]: 'unheard of' } },
    ];
    for (const message of messages) {
      const partition = random() % deployment.fresh.partitions;
      const topic = topicPrefix + topics.spans;
      await producer.send({ topic, messages: [{ ...message, partition }] });
    }
    return () => producer.disconnect();
  },
};

export const deliveryFaults: readonly Scenario[] = [disordered, poison];
