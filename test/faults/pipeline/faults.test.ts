import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Books } from '../../support/faults/books.ts';
import { openBooks } from '../../support/faults/books.ts';
import { brokerFaults } from '../../support/faults/broker-faults.ts';
import { deliveryFaults } from '../../support/faults/delivery-faults.ts';
import { networkFaults } from '../../support/faults/network-faults.ts';
import { processFaults } from '../../support/faults/process-faults.ts';
import { endure } from '../../support/faults/scenario.ts';
import { storeFaults } from '../../support/faults/store-faults.ts';
import type { World } from '../../support/faults/world.ts';
import { cast, startWorld } from '../../support/faults/world.ts';

const SEEDS = (process.env['WAYBILL_FAULT_SEEDS'] ?? '1').split(',').map(Number);

const all = [
  ...processFaults,
  ...storeFaults,
  ...networkFaults,
  ...brokerFaults,
  ...deliveryFaults,
];

describe(`processes on three brokers, seeds ${SEEDS.join(', ')}`, () => {
  let world: World;
  let books: Books;

  beforeAll(async () => {
    world = await startWorld();
    await Promise.all(Object.keys(cast).map((name) => world.start(name)));
    books = await openBooks(world);
  });
  afterAll(async () => {
    await books?.close();
    await world?.stop();
  });

  test.each(all.map((scenario) => [scenario.name, scenario] as const))(
    'lose nothing, double nothing and come back by themselves: %s',
    { timeout: 180_000 + SEEDS.length * 120_000 },
    async (_, scenario) => {
      const { problems, acknowledgedMs, takenMs, restedMs } = await endure(
        scenario,
        SEEDS,
        world,
        books,
      );
      const [sent, taken, rested] = [acknowledgedMs, takenMs, restedMs].map((ms) =>
        (ms / 1000).toFixed(1),
      );
      const times = `acknowledged after ${sent} s, foreign spans taken after ${taken} s, at rest after ${rested} s`;
      console.log(`${scenario.name}: ${times}${problems.map((told) => `\n  ${told}`).join('')}`);
      expect(problems, `${scenario.name}, seeds ${SEEDS.join(', ')}`).toEqual([]);
    },
  );

  test(
    'have left, after all of them, what a replay gives, the calls that were made, and nothing that an audit finds',
    { timeout: 600_000 },
    async () => {
      expect(await books.settle()).toEqual([]);
    },
  );
});
