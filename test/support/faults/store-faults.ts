import type { Scenario } from './scenario.ts';
import { between, oneOf } from './scenario.ts';
import type { StoreFate } from './store-proxy.ts';
import type { World } from './world.ts';

function calm({ store }: World): () => Promise<void> {
  return async () => {
    store.weather = {};
  };
}

/** Some requests to ClickHouse end so; at worst all. */
function requestsThatAre(
  name: string,
  fates: readonly StoreFate[],
  onlyInserts: boolean,
): Scenario {
  return {
    name,
    holdMs: [1500, 3500],
    inject: async (world, random) => {
      const oneIn = between([1, 3], random);
      world.store.weather = {
        fate: ({ isInsert }) =>
          (isInsert || !onlyInserts) && random() % oneIn === 0 ? oneOf(fates, random) : 'answered',
      };
      return calm(world);
    },
  };
}

const slow: Scenario = {
  name: 'ClickHouse is slow',
  holdMs: [1500, 3000],
  inject: async (world, random) => {
    world.store.weather = { delayMs: between([300, 1500], random) };
    return calm(world);
  },
};

export const storeFaults: readonly Scenario[] = [
  requestsThatAre('ClickHouse refuses', ['refused', 'lost'], false),
  slow,
  requestsThatAre('ClickHouse fails after it accepted', ['failed-after', 'lost-after'], true),
];
