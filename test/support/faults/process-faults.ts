import { spawnSync } from 'node:child_process';
import { Kafka, logLevel } from 'kafkajs';
import type { SharedWork } from '../../../event-log/event-log.ts';
import { joinGroup } from '../../../event-log/kafka/membership.ts';
import { topics } from '../../../schemas/topics.ts';
import type { Scenario } from './scenario.ts';
import { between, oneOf, wait } from './scenario.ts';

/** kill -9 of one of these, which an orchestrator starts again after a while. */
function killOf(role: string, ...names: readonly string[]): Scenario {
  return {
    name: `kill -9 of ${role}`,
    holdMs: [200, 1500],
    inject: async (world, random) => {
      const name = oneOf(names, random);
      await world.kill(name);
      return () => world.start(name);
    },
  };
}

/** It wakes up after others have taken its partitions over, and goes on with what it was about to do. */
const hang: Scenario = {
  name: 'a role hangs until others have its work, then goes on',
  holdMs: [4000, 6000],
  inject: async (world, random) => {
    const process = world.running.get(
      oneOf(['enricher-a', 'enricher-b', 'ledger-a', 'ledger-b'], random),
    );
    process?.pause();
    return async () => process?.resume();
  },
};

/** Members that come, are given partitions, work at none and go. */
const rebalances: Scenario = {
  name: 'a storm of rebalances',
  holdMs: [0, 500],
  inject: async ({ brokers, deployment }, random) => {
    const { topicPrefix } = deployment.fresh.settings;
    const kafka = new Kafka({ brokers: [...brokers.addresses], logLevel: logLevel.NOTHING });
    const groups = [
      { groupId: `${topicPrefix}waybill.enricher`, topic: topicPrefix + topics.spans },
      { groupId: `${topicPrefix}waybill.ledger`, topic: topicPrefix + topics.records },
    ];
    const { partitions } = deployment.fresh;
    const guests: SharedWork[] = [];
    for (let guest = 0; guest < 4; guest += 1) {
      const { groupId, topic } = oneOf(groups, random);
      const membership = { kafka, groupId, topic, partitions, sessionWaitMsMax: 3000 };
      const onTrouble = (): void => undefined;
      guests.push(await joinGroup({ ...membership, onTrouble }, untilAborted));
      await wait(between([100, 600], random));
      if (guest % 2 === 1) await guests.shift()?.stop();
    }
    return async () => {
      for (const guest of guests) await guest.stop();
    };
  },
};

function untilAborted(_: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
}

/**
 * For those that keep a copy of their state in LMDB, its file system says so. For others the limit of a process on the size of files stands for it:
 * nothing is written beyond the first page of any.
 */
const fullDisk: Scenario = {
  name: 'a full disk under a role',
  holdMs: [1500, 3000],
  inject: async (world, random) => {
    const name = oneOf(
      ['enricher-a', 'enricher-b', 'ledger-a', 'ledger-b', 'keys', 'query-api'],
      random,
    );
    if (/^(?:enricher|ledger)-/u.test(name)) {
      world.fillDisk(name, true);
      return async () => world.fillDisk(name, false);
    }
    limitFiles(world.running.get(name)?.pid, '4096');
    return async () => limitFiles(world.running.get(name)?.pid, 'unlimited');
  },
};

function limitFiles(pid: number | undefined, bytes: string): void {
  if (pid === undefined) return;
  const limit = ['--pid', String(pid), `--fsize=${bytes}:unlimited`];
  const { status, stderr } = spawnSync('prlimit', limit, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`prlimit: ${stderr}`);
}

const HOUR_MS = 3_600_000;

const clocks: Scenario = {
  name: 'clocks jump to and fro',
  holdMs: [1000, 2000],
  inject: async (world, random) => {
    const names = [...world.running.keys()].filter(() => random() % 2 === 0);
    for (const name of names) {
      world.moveClock(name, between([-30 * HOUR_MS, 30 * HOUR_MS], random));
    }
    return async () => {
      for (const name of names) world.moveClock(name, 0);
    };
  },
};

export const processFaults: readonly Scenario[] = [
  killOf('a collector', 'collector-a', 'collector-b'),
  killOf('an enricher', 'enricher-a', 'enricher-b'),
  killOf('a ledger', 'ledger-a', 'ledger-b'),
  killOf('the query API', 'query-api'),
  killOf('the SIEM exporter', 'siem'),
  killOf('the key keeper', 'keys'),
  killOf('the signer', 'signer'),
  hang,
  rebalances,
  fullDisk,
  clocks,
];
