import { expect, it } from 'vitest';
import type { NewMessage } from '../../../event-log/event-log.ts';
import { createAppender } from '../../../event-log/kafka/appender.ts';
import type { Kafka } from '../../../event-log/kafka/kafkajs.ts';

const message = (partition: number): NewMessage => ({
  topic: 'waybill.spans.v1',
  partition,
  key: null,
  headers: {},
  value: Buffer.from('a span'),
});

/** Brokers that answer for these partitions and say nothing of the others, as kafkajs does when a leader fails and its successor has answered already. */
function appenderOver(answers: readonly (readonly number[])[]) {
  let sends = 0;
  const producer = {
    connect: async () => Promise.resolve(),
    disconnect: async () => Promise.resolve(),
    sendBatch: async () => {
      const partitions = answers[sends] ?? [];
      sends += 1;
      const told = partitions.map((partition) => ({ topicName: 'spans', partition, errorCode: 0 }));
      return Promise.resolve(told);
    },
  };
  return createAppender({
    kafka: { producer: () => producer } as unknown as Kafka,
    nameOf: () => 'spans',
    frames: { toWire: (_, value) => value, fromWire: async (_, read) => Promise.resolve(read) },
  });
}

it('acknowledges nothing of a send that no broker has answered for', async () => {
  const appender = appenderOver([[0], [0, 1]]);
  const both = [message(0), message(1)];
  await expect(appender.append(both)).rejects.toMatchObject({ code: 'EVENT_LOG_WRITE_FAILED' });
  await expect(appender.append(both)).resolves.toBeUndefined();
  await appender.close();
});
