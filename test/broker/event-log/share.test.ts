import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { EventLog, SharedWork } from '../../../event-log/event-log.ts';
import { topics } from '../../../schemas/topics.ts';
import type { FreshLog } from '../../support/kafka/fresh-log.ts';
import { freshLog } from '../../support/kafka/fresh-log.ts';

const PARTITIONS = 4;

/** One process of a role: it owns what falls to it, and counts each commit in its state. */
type Process = {
  readonly log: EventLog;
  readonly shared: SharedWork;
  /** Partition → how often work on it was begun here. */
  readonly begun: Map<number, number>;
  readonly active: Set<number>;
  stop(): Promise<void>;
};

describe('sharing work on Kafka', () => {
  let fresh: FreshLog;
  const running: Process[] = [];
  beforeEach(async () => {
    fresh = await freshLog(inject('brokers'), PARTITIONS);
  });
  afterEach(async () => {
    for (const process of running.splice(0)) await process.stop();
    await fresh.destroy();
  });

  async function start(): Promise<Process> {
    const log = await fresh.open();
    const begun = new Map<number, number>();
    const active = new Set<number>();
    const shared = await log.share('enricher', topics.spans, async (partition, signal) => {
      begun.set(partition, (begun.get(partition) ?? 0) + 1);
      const owner = await log.openOwner('enricher', partition);
      active.add(partition);
      try {
        for (let count = Number(text(owner.getState('count/n'))); !signal.aborted; count += 1) {
          await owner.commit({
            positions: [{ topic: topics.spans, partition, offset: count + 1 }],
            appends: [record(partition, String(count))],
            state: [{ key: 'count/n', value: Buffer.from(String(count + 1)) }],
          });
        }
      } finally {
        active.delete(partition);
        await owner.close();
      }
    });
    const stop = async (): Promise<void> => {
      await shared.stop();
      await log.close();
    };
    const process = { log, shared, begun, active, stop };
    running.push(process);
    return process;
  }

  const activeOf = (process: Process): number => process.active.size;

  test('gives all partitions to one process, then half to a second, and back when it stops', async () => {
    const first = await start();
    await expect.poll(() => activeOf(first), { timeout: 90_000 }).toBe(PARTITIONS);
    const second = await start();
    await expect
      .poll(() => [activeOf(first), activeOf(second)], { timeout: 90_000 })
      .toEqual([2, 2]);
    expect([...first.active, ...second.active].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    // What stayed was not interrupted by the rebalance.
    for (const partition of first.active) expect(first.begun.get(partition)).toBe(1);
    await second.stop();
    await expect.poll(() => activeOf(first), { timeout: 90_000 }).toBe(PARTITIONS);
  });

  test('loses nothing and doubles nothing while processes come and go', async () => {
    const first = await start();
    const second = await start();
    await expect
      .poll(() => [activeOf(first), activeOf(second)], { timeout: 90_000 })
      .toEqual([2, 2]);
    const third = await start();
    await expect.poll(() => activeOf(third), { timeout: 90_000 }).toBeGreaterThan(0);
    await first.stop();
    await expect
      .poll(() => activeOf(second) + activeOf(third), { timeout: 90_000 })
      .toBe(PARTITIONS);
    await second.stop();
    await third.stop();
    const log = await fresh.open();
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const view = await log.inspect('enricher', partition);
      const count = Number(text(view.getState('count/n')));
      expect(count).toBeGreaterThan(0);
      expect(view.position(topics.spans, partition)).toBe(count);
      const values = await readAll(log, partition);
      expect(values).toEqual(Array.from({ length: count }, (_, at) => String(at)));
    }
    await log.close();
  });
});

function record(partition: number, value: string) {
  return {
    topic: topics.records,
    partition,
    key: 'call',
    headers: {},
    value: Buffer.from(value),
  };
}

async function readAll(log: EventLog, partition: number): Promise<string[]> {
  const values: string[] = [];
  for (let offset = 0; ;) {
    const from = { topic: topics.records, partition, offset };
    const read = await log.read(from, { messagesMax: 1000, bytesMax: 1e6, waitMsMax: 500 });
    if (read.length === 0) return values;
    values.push(...read.map(({ value }) => text(value ?? undefined)));
    offset = (read.at(-1)?.offset ?? offset) + 1;
  }
}

function text(value: Uint8Array | undefined): string {
  return value === undefined ? '0' : Buffer.from(value).toString();
}
