import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { seededRandom } from '../../../bench/load/seeded-random.ts';
import type { RoleName } from '../../../cli/role-starts.ts';
import { openFileTraceKeys } from '../../../key-store/file-trace-keys.ts';
import { openTraceKeyMaker } from '../../../key-store/trace-key-maker.ts';
import { auditStore } from '../../../ledger/audit/audit-store.ts';
import { storedForAudit } from '../../../ledger/audit/stored.ts';
import type { Deployment } from '../../support/kafka/deployment.ts';
import { startDeployment } from '../../support/kafka/deployment.ts';
import { openSpans, unsealed, unsigned } from '../../support/kafka/progress.ts';
import type { RoleProcess } from '../../support/kafka/roles.ts';
import { checkBuckets } from '../../support/killed/check-buckets.ts';
import { checkStore } from '../../support/killed/check-store.ts';
import type { Target } from '../../support/killed/client.ts';
import { runClient } from '../../support/killed/client.ts';
import { createProblems } from '../../support/killed/problems.ts';
import { checkReplay } from '../../support/killed/replay.ts';
import { eventually } from '../../support/pipeline.ts';

const PARTITIONS = 4;
const SEEDS = (process.env['WAYBILL_FAULT_SEEDS'] ?? '1').split(',').map(Number);
const CHUNKS = 24;

describe('roles as processes on Kafka', () => {
  let deployment: Deployment;
  beforeEach(async () => {
    deployment = await startDeployment(inject('brokers'), PARTITIONS);
  });
  afterEach(async () => {
    await deployment.stop();
  });

  test.each(SEEDS)(
    'lose nothing and double nothing while any of them is killed at any time (seed %i)',
    { timeout: 300_000 },
    async (seed) => {
      const running = new Map<string, RoleProcess>();
      const start = async (role: RoleName, name: string): Promise<void> => {
        const settings = role === 'ledger' ? deployment.signedElsewhere : [];
        running.set(name, await deployment.start(role, name, settings));
      };
      await Promise.all([
        start('key-keeper', 'keys'),
        start('collector', 'collector'),
        start('enricher', 'enricher-a'),
        start('enricher', 'enricher-b'),
        start('signer', 'signer'),
        start('ledger', 'ledger-a'),
        start('ledger', 'ledger-b'),
      ]);
      const traffic = { seed, baseMs: Date.now() };
      const sending = runClient({
        traffic,
        spansPerSecond: 400,
        target: async () => targetOf(deployment, await up(running, 'collector')),
        more: (chunks) => chunks < CHUNKS,
      });
      const random = seededRandom(seed);
      const victims = [
        'enricher-a',
        'ledger-a',
        'collector',
        'enricher-b',
        'keys',
        'signer',
        'ledger-b',
      ];
      for (let kill = 0; kill < 8; kill += 1) {
        await new Promise((resolve) => setTimeout(resolve, 500 + (random() % 2000)));
        const name = victims[random() % victims.length] ?? 'ledger-a';
        const victim = running.get(name);
        running.delete(name);
        await victim?.kill();
        if (victim) await start(victim.role, name);
      }
      const { chunks, spans } = await sending;
      const log = await deployment.openLog();
      await eventually(
        () => openSpans(log, spans),
        (open) => open === 0,
        90_000,
      );
      await eventually(
        () => unsealed(log),
        (behind) => behind === 0,
        60_000,
      );
      const reader = await deployment.store.as('reader');
      await eventually(
        () => unsigned(reader),
        (leaves) => leaves === 0,
        60_000,
      );
      const codes = await Promise.all([...running.values()].map((process) => process.stop()));
      expect(codes).toEqual(codes.map(() => 0));

      const problems = createProblems();
      const buckets = await checkBuckets(log, { traffic, chunks }, problems);
      const folder = await deployment.traceKeyFolder();
      const maker = await openTraceKeyMaker(folder);
      const records = await checkReplay(log, seed, problems, maker);
      await maker.close();
      const traceKeys = await openFileTraceKeys(folder);
      const stored = await checkStore(log, {
        store: reader,
        problems,
        keyOf: (home) => traceKeys.find(home),
      });
      await traceKeys.close();
      await log.close();
      expect(problems.list()).toEqual([]);
      expect(buckets.distinct).toBe(spans);
      expect(records).toBeGreaterThan(200);
      expect(stored.leaves).toBe(records);
      const audit = await auditStore({
        store: storedForAudit(reader),
        policy: await deployment.policy(),
        heldHeads: [],
      });
      expect(audit.findings).toEqual([]);
      expect(audit.heads).toBeGreaterThan(PARTITIONS);
    },
  );
});

function targetOf({ producerKey, gatewayKey }: Deployment, collector: RoleProcess): Target {
  return { otlpHttp: collector.addresses['otlpHttp'] ?? '', producerKey, gatewayKey };
}

async function up(running: ReadonlyMap<string, RoleProcess>, name: string): Promise<RoleProcess> {
  return eventually(
    () => Promise.resolve(running.get(name)),
    (process) => process !== undefined,
    60_000,
  ).then((process) => {
    if (process === undefined) throw new Error(`${name} is down.`);
    return process;
  });
}
