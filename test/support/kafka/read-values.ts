import { Kafka, logLevel } from 'kafkajs';

/** Values of a topic as they lie on the broker, by a consumer that knows nothing of ours but its codec for zstd. */
export async function readValues(
  brokers: readonly string[],
  topic: string,
  count: number,
): Promise<readonly Buffer[]> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `look.${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const found: Buffer[] = [];
  const all = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage: async ({ message: { value } }) => {
      found.push(value ?? Buffer.alloc(0));
      if (found.length === count) all.resolve();
    },
  });
  await all.promise;
  await consumer.disconnect();
  return found;
}
