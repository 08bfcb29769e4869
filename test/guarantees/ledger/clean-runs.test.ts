import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../../bench/load/seeded-random.ts';
import { runClient } from '../../support/killed/client.ts';
import type { Pipeline } from '../../support/pipeline.ts';
import { eventually, startPipeline } from '../../support/pipeline.ts';

// Two by themselves; `WAYBILL_CLEAN_RUNS=20` runs twenty.
const RUNS = Number(process.env['WAYBILL_CLEAN_RUNS'] ?? '2');
// Runs are many, and a busy machine takes its time for a start.
const readyWaitMsMax = 150_000;
const folder = await mkdtemp(join(tmpdir(), 'waybill-clean-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

type Heads = { readonly heads: readonly { readonly logId: string; readonly size: number }[] };
type Integrity = { readonly findings: readonly unknown[] };

describe('a run in which nobody tampers', () => {
  test.each(Array.from({ length: RUNS }, (_, at) => at + 1))(
    'raises no alarm, through a restart or a kill, in use and after it (seed %i)',
    { timeout: 450_000 },
    async (seed) => {
      const random = seededRandom(seed);
      const dataDir = join(folder, String(seed));
      const partitions = 1 + (random() % 3);
      let pipeline = await startPipeline({ dataDir, partitions, readyWaitMsMax });
      try {
        await send(pipeline, seed, 0);
        if (random() % 2 === 0) await pipeline.kill();
        else expect(await pipeline.stop()).toBe(0);
        pipeline = await startPipeline({ dataDir, partitions, readyWaitMsMax });
        const sending = send(pipeline, seed, 1);
        await proved(pipeline, partitions);
        const inUse = join(dataDir, 'in-use');
        expect(waybill(pipeline, 'prove-range', '--out', inUse).status).toBe(0);
        expect(audit(pipeline, dataDir, inUse)).toMatchObject({ status: 0 });
        await sending;
        const after = join(dataDir, 'after');
        expect(waybill(pipeline, 'prove-range', '--out', after).status).toBe(0);
        const given = ['--policy', join(inUse, 'policy.txt'), '--export', after];
        const verified = waybill(pipeline, 'verify-store', ...given);
        expect(verified.text.trimEnd().endsWith('\nVALID')).toBe(true);
        const told = audit(pipeline, dataDir, inUse);
        expect(told.text).toContain('VALID: nothing was changed since it was sealed.');
        expect(told.status).toBe(0);
        const { findings } = await pipeline.ask<Integrity>('/v1/integrity');
        expect(findings).toEqual([]);
      } finally {
        await pipeline.stop();
      }
    },
  );
});

/** Traffic of agents, gateways and servers, the same for a seed. */
async function send(pipeline: Pipeline, seed: number, part: number): Promise<void> {
  await runClient({
    traffic: { seed: 10 * seed + part, baseMs: Date.now() },
    spansPerSecond: 200,
    target: async () => Promise.resolve(pipeline),
    more: (chunks) => chunks < 6,
  });
}

/** Waits until there is a signed head of every log of records. */
async function proved(pipeline: Pipeline, partitions: number): Promise<void> {
  await eventually(
    () => pipeline.ask<Heads>('/v1/checkpoints'),
    ({ heads }) =>
      heads.filter(({ logId }) => logId.startsWith('records/')).length === partitions &&
      heads.some(({ logId }) => logId === 'meta/e0'),
    60_000,
  );
}

function audit(pipeline: Pipeline, dataDir: string, policyFolder: string) {
  const password = join(dataDir, 'keys', 'clickhouse-reader.password');
  const store = ['--store', pipeline.clickhouse, '--password-file', password];
  return waybill(pipeline, 'audit', ...store, '--policy', join(policyFolder, 'policy.txt'));
}

function waybill(pipeline: Pipeline, ...argv: readonly string[]) {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['cli/main.ts', ...argv], {
    encoding: 'utf8',
    timeout: 90_000,
    env: {
      ...process.env,
      WAYBILL_URL: pipeline.queryApi,
      WAYBILL_KEY_FILE: pipeline.auditorKeyFile,
    },
  });
  return { text: `${stdout}${stderr}`, status };
}
