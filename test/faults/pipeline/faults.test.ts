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

describe(`processes on three brokers, seeds ${SEEDS.join(', ')}`, () => {
  let world: World;
  let books: Books;

  beforeAll(async () => {
    world = await startWorld();
    await Promise.all(Object.keys(cast).map((name) => world.start(name)));
    books = await openBooks(world);
  });
  afterAll(async () => {
    await books.close();
    await world.stop();
  });

  test.each([
    ...processFaults,
    ...storeFaults,
    ...networkFaults,
    ...brokerFaults,
    ...deliveryFaults,
  ])(
    'lose nothing, double nothing and come back by themselves: $name',
    { timeout: 180_000 + SEEDS.length * 60_000 },
    async (scenario) => {
      const problems = await endure(scenario, SEEDS, world, books);
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
