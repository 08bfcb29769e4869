import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seededRandom } from '../../../bench/load/seeded-random.ts';
import type { EventLog } from '../../../event-log/event-log.ts';
import type { Topic } from '../../../schemas/topics.ts';
import { topics } from '../../../schemas/topics.ts';
import type { FreshLog } from '../../support/kafka/fresh-log.ts';
import { freshLog } from '../../support/kafka/fresh-log.ts';
import type { Brokers } from '../../support/kafka/start-brokers.ts';
import { startBrokers } from '../../support/kafka/start-brokers.ts';

const SEEDS = (process.env['WAYBILL_FAULT_SEEDS'] ?? '1').split(',').map(Number);
const PARTITIONS = 2;

describe('three brokers of which one fails', () => {
  let brokers: Brokers;
  let fresh: FreshLog;
  let log: EventLog;
  beforeEach(async () => {
    brokers = await startBrokers({ nodes: 3 });
    fresh = await freshLog(brokers.addresses, PARTITIONS, 3);
    log = await fresh.open();
  });
  afterEach(async () => {
    await log.close();
    await fresh.destroy();
    await brokers.stop();
  });

  test.each(SEEDS)(
    'lose no acknowledged span and double no commit while brokers are killed and hang (seed %i)',
    { timeout: 240_000 },
    async (seed) => {
      const random = seededRandom(seed);
      const stopping = new AbortController();
      const acknowledged: string[] = [];
      const writing = appendUntil(stopping.signal, acknowledged);
      const committing = commitUntil(stopping.signal);
      for (let fault = 0; fault < 4; fault += 1) {
        const node = random() % 3;
        await pause(1000 + (random() % 1500));
        if (random() % 2 === 0) {
          await brokers.kill(node);
          await pause(2000);
          await brokers.start(node);
        } else {
          brokers.pause(node);
          await pause(4000);
          brokers.resume(node);
        }
        await pause(3000);
      }
      stopping.abort();
      await writing;
      const commits = await committing;
      const spans = await readAll(topics.spans);
      expect(acknowledged.length).toBeGreaterThan(20);
      expect(acknowledged.filter((name) => !spans.includes(name))).toEqual([]);
      const records = await readAll(topics.records);
      // How many there are is a matter of the machine; that they went on is not.
      expect(commits).toBeGreaterThan(2);
      expect(records).toEqual(Array.from({ length: commits }, (_, at) => String(at)));
      const view = await log.inspect('enricher', 0);
      expect(view.position(topics.spans, 0)).toBe(commits);
    },
  );

  /** As a collector does: what was not acknowledged is sent again. */
  async function appendUntil(signal: AbortSignal, acknowledged: string[]): Promise<void> {
    for (let count = 0; !signal.aborted;) {
      const name = `span ${count}`;
      const value = Buffer.from(name);
      try {
        await log.append([{ topic: topics.spans, partition: 0, key: null, headers: {}, value }]);
        acknowledged.push(name);
        count += 1;
      } catch (error) {
        expect(error).toMatchObject({ kind: 'retryable' });
      }
      await pause(20);
    }
  }

  /** As an enricher does: a commit that failed took nothing, and is made again. Gives how many were taken. */
  async function commitUntil(signal: AbortSignal): Promise<number> {
    const owner = await log.openOwner('enricher', 0);
    let count = 0;
    while (!signal.aborted) {
      const record = { topic: topics.records, partition: 0, key: 'call', headers: {} };
      try {
        await owner.commit({
          positions: [{ topic: topics.spans, partition: 0, offset: count + 1 }],
          appends: [{ ...record, value: Buffer.from(String(count)) }],
          state: [{ key: 'k', value: Buffer.from(String(count)) }],
        });
        count += 1;
      } catch (error) {
        expect(error).toMatchObject({ kind: 'retryable' });
      }
      await pause(20);
    }
    return count;
  }

  async function readAll(topic: Topic): Promise<string[]> {
    const values: string[] = [];
    for (let offset = 0; ;) {
      const from = { topic, partition: 0, offset };
      const read = await log.read(from, { messagesMax: 1000, bytesMax: 1e6, waitMsMax: 3000 });
      if (read.length === 0) return values;
      values.push(...read.map(({ value }) => Buffer.from(value ?? []).toString()));
      offset = (read.at(-1)?.offset ?? offset) + 1;
    }
  }
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
