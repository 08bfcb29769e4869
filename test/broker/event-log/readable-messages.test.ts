import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Fetcher } from '../../../event-log/kafka/fetcher.ts';
import { openFetcher } from '../../../event-log/kafka/fetcher.ts';
import type { Connection, Producer } from '../../../event-log/kafka/kafkajs.ts';
import { connect } from '../../../event-log/kafka/kafkajs.ts';
import { openForeignTopics } from '../../support/kafka/foreign-spans.ts';

const NAMES = ['a', 'b', 'c'] as const;

describe('a partition in which transactions overlapped and were aborted', () => {
  const topic = `aborted-${randomBytes(4).toString('hex')}`;
  let connection: Connection;
  let fetcher: Fetcher;
  let foreign: Awaited<ReturnType<typeof openForeignTopics>>;
  const producers: Producer[] = [];

  beforeAll(async () => {
    const brokers = [...inject('brokers')];
    foreign = await openForeignTopics(brokers, [topic]);
    connection = connect({ brokers, requestWaitMsMax: 30_000, onWarning: () => undefined });
    fetcher = openFetcher(connection);
    for (const name of NAMES) {
      const transactionalId = `${topic}-${name}`;
      const producer = connection.kafka.producer({
        transactionalId,
        idempotent: true,
        maxInFlightRequests: 1,
      });
      await producer.connect();
      producers.push(producer);
    }
  });
  afterAll(async () => {
    for (const producer of producers) await producer.disconnect();
    await fetcher.close();
    await foreign.close();
  });

  test('shows what was committed and nothing else, from wherever it is read', async () => {
    const open = await Promise.all(producers.map((producer) => producer.transaction()));
    const [a, b, c] = open;
    const write = async (to: (typeof open)[number] | undefined, value: string): Promise<void> => {
      await to?.send({ topic, messages: [{ partition: 0, value }] });
    };
    for (const [to, value] of [
      [a, 'a lost'],
      [b, 'b lost'],
      [c, 'c kept'],
      [b, 'b lost too'],
      [a, 'a lost too'],
    ] as const) {
      await write(to, value);
    }
    // The one that began last ends first.
    await b?.abort();
    await a?.abort();
    await c?.commit();
    const again = await producers[1]?.transaction();
    await write(again, 'b kept');
    await again?.commit();
    const seen: Record<number, readonly string[]> = {};
    for (const offset of [0, 1, 3]) {
      const { messages } = await fetcher.fetch({ topic, partition: 0, offset }, 1_000_000, 0);
      seen[offset] = messages.map(({ value }) => String(value));
    }
    expect(seen).toEqual({ 0: ['c kept', 'b kept'], 1: ['c kept', 'b kept'], 3: ['b kept'] });
  });
});
