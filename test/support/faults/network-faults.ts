import type { Fate, KafkaRequest } from './kafka-proxy.ts';
import { kafkaOperations } from './kafka-proxy.ts';
import type { Scenario } from './scenario.ts';
import { between, oneOf } from './scenario.ts';
import type { World } from './world.ts';

/** The network is as it should be again. */
function calm({ kafka }: World): () => Promise<void> {
  return async () => {
    kafka.weather = {};
  };
}

const cut: Scenario = {
  name: 'the network to a broker, or to all, is cut',
  holdMs: [1500, 4000],
  inject: async (world, random) => {
    const node = random() % 4;
    world.kafka.weather = { cut: (each) => node === 3 || each === node };
    world.kafka.reset();
    return calm(world);
  },
};

/** Longer than its group waits for it: what it was about to write is no longer its to write. */
const cutRole: Scenario = {
  name: 'the network of one role is cut until others have its work',
  holdMs: [4000, 6000],
  inject: async (world, random) => {
    const name = oneOf(['enricher-a', 'enricher-b', 'ledger-a', 'ledger-b', 'collector-a'], random);
    world.kafka.weather = { fate: ({ client }) => (client === name ? 'lost' : 'answered') };
    return calm(world);
  },
};

const slowed: Scenario = {
  name: 'the network is slow',
  holdMs: [2000, 3000],
  inject: async (world, random) => {
    world.kafka.weather = { delayMs: between([50, 250], random) };
    return calm(world);
  },
};

const reset: Scenario = {
  name: 'connections to brokers are reset',
  holdMs: [2000, 3000],
  inject: async ({ kafka }, random) => {
    const timer = setInterval(() => kafka.reset(random() % 3), between([150, 400], random));
    return async () => clearInterval(timer);
  },
};

const { produce, initProducerId, endTransaction, transactionOffsetCommit } = kafkaOperations;
const { addPartitionsToTransaction } = kafkaOperations;
const writes: ReadonlySet<number> = new Set([
  produce,
  initProducerId,
  addPartitionsToTransaction,
  transactionOffsetCommit,
  endTransaction,
]);

/** One write in so many is lost, or done and said to have failed. */
function writesThatAre(fate: Fate, name: string): Scenario {
  return {
    name,
    holdMs: [2500, 3500],
    inject: async (world, random) => {
      const oneIn = between([3, 8], random);
      const meets = ({ operation }: KafkaRequest): boolean =>
        writes.has(operation) && random() % oneIn === 0;
      world.kafka.weather = { fate: (request) => (meets(request) ? fate : 'answered') };
      return calm(world);
    },
  };
}

export const networkFaults: readonly Scenario[] = [
  cut,
  cutRole,
  slowed,
  reset,
  writesThatAre('lost', 'writes to brokers are lost'),
  writesThatAre('unanswered', 'brokers do what they are told and their answers are lost'),
];
