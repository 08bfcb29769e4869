import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Fetcher } from '../../../event-log/kafka/fetcher.ts';
import { openFetcher } from '../../../event-log/kafka/fetcher.ts';
import type { Connection } from '../../../event-log/kafka/kafkajs.ts';
import { CompressionTypes, connect } from '../../../event-log/kafka/kafkajs.ts';
import { openForeignTopics } from '../../support/kafka/foreign-spans.ts';

const MIB = 1024 * 1024;
const BATCHES = 40;
const INFLATED = 8 * MIB;
const ASKED = 256 * 1024;

describe('a fetch of many small batches that become large', () => {
  const topic = `hostile-${randomBytes(4).toString('hex')}`;
  let connection: Connection;
  let fetcher: Fetcher;
  let foreign: Awaited<ReturnType<typeof openForeignTopics>>;

  beforeAll(async () => {
    const brokers = [...inject('brokers')];
    foreign = await openForeignTopics(brokers, [topic]);
    connection = connect({ brokers, requestWaitMsMax: 30_000, onWarning: () => undefined });
    fetcher = openFetcher(connection);
    const producer = connection.kafka.producer();
    await producer.connect();
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const value = Buffer.alloc(INFLATED);
      value.writeUInt32BE(batch);
      const messages = [{ partition: 0, value }];
      const sent = { topic, acks: -1, messages };
      await producer.send({ ...sent, compression: CompressionTypes.ZSTD });
    }
    await producer.disconnect();
  });
  afterAll(async () => {
    await fetcher.close();
    await foreign.close();
  });

  test('holds 64 times what was asked for at most, and loses none of them', async () => {
    const seen: number[] = [];
    for (let offset = 0; offset < BATCHES;) {
      const { messages, next } = await fetcher.fetch({ topic, partition: 0, offset }, ASKED, 0);
      const bytes = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
      expect(bytes).toBeGreaterThan(0);
      expect(bytes).toBeLessThanOrEqual(64 * ASKED);
      seen.push(...messages.map(({ value }) => value?.readUInt32BE(0) ?? -1));
      offset = next;
    }
    expect(seen).toEqual(Array.from({ length: BATCHES }, (_, at) => at));
  });
});
