import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFileTraceKeys } from '../../../key-store/file-trace-keys.ts';
import { eraserRole, runEraser } from '../../../ledger/erase/run-eraser.ts';
import { createLedgerMetrics } from '../../../ledger/metrics.ts';
import { parseRetention, policyOf } from '../../../registry/retention-document.ts';
import type { AuditRecord } from '../../../schemas/record-types.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import type { PeoplePipeline } from '../../support/people-pipeline.ts';
import {
  canary,
  filesWith,
  principal,
  recordsOf,
  startPeoplePipeline,
} from '../../support/people-pipeline.ts';

const DAY_MS = 86_400_000;
/** The records of `recordsOf` came to the log then: 2026-09-21T14:13:20Z. */
const APPENDED_MS = 1_790_000_000_000;

let pipeline: PeoplePipeline;
let ledger: RunningRole;

beforeAll(async () => {
  pipeline = await startPeoplePipeline();
});
afterAll(async () => pipeline.close());

const policy = (payload: string, rules = '[]'): object =>
  policyOf(
    parseRetention(`
retention:
  classes:
    - { id: short, basis: own, header: { ceiling: null }, payload: { ceiling: ${payload} } }
    - { id: long, basis: own, header: { ceiling: null }, payload: { ceiling: 90d } }
  rules: ${rules}
  default: [short, long]
`),
  );

type Told = {
  readonly runId: string;
  readonly policyVersion?: number;
  readonly reason?: string;
  readonly records?: number;
  readonly heldTraces?: number;
};

async function runs(): Promise<readonly Told[]> {
  const leaves = await pipeline.controlLeaves('"type":"retention_applied"');
  return leaves.map((leaf) => {
    const { event } = JSON.parse(leaf) as { readonly event: { readonly body: string } };
    return JSON.parse(event.body) as Told;
  });
}

/** Follows control events at a time, until so many runs are told or a step is reached. */
async function followAt(
  nowMs: number,
  until: { readonly runs: number; readonly crashAt?: number },
): Promise<void> {
  const owner = await pipeline.log.openOwner(eraserRole, 0);
  const traceKeys = await openFileTraceKeys(pipeline.keyOptions);
  const end = new AbortController();
  let taken = 0;
  const onStep = (step: string): void => {
    taken += 1;
    if (taken === until.crashAt) throw new TypeError(`crash at ${step}`);
  };
  const store = await pipeline.store.as('eraser');
  const running = runEraser(
    {
      log: pipeline.log,
      store,
      values: { servers: [store], database: 'waybill' },
      traceKeys,
      metrics: createLedgerMetrics(),
      retryMs: 50,
      retentionEveryMs: DAY_MS,
      clock: () => nowMs,
      onStep,
    },
    owner,
    end.signal,
  );
  if (until.crashAt !== undefined) await expect(running).rejects.toThrow('crash at');
  else {
    await expect.poll(async () => (await runs()).length, { timeout: 60_000 }).toBe(until.runs);
    end.abort();
    await running;
  }
  await traceKeys.close();
  await owner.close();
}

async function values(): Promise<number> {
  const people = Array.from({ length: 10 }, (_, person) => pipeline.valuesOf(person));
  return (await Promise.all(people)).reduce((sum, one) => sum + one, 0);
}

const onServer = (records: readonly AuditRecord[], server: string): readonly AuditRecord[] =>
  records.map((record) => ({ ...record, facts: { ...record.facts, server } }));

describe('retention', () => {
  it('takes no value before its time', async () => {
    ledger = await pipeline.start();
    await pipeline.appendRecords(onServer(recordsOf(1, 100), 'crm'));
    await pipeline.appendRecords(onServer(recordsOf(2, 100), 'ehr'));
    await expect.poll(async () => pipeline.sealed(), { timeout: 30_000 }).toBe(200);
    await pipeline.control('hold_placed', { matter: 'case-1', principals: [principal(3)] });
    await pipeline.control(
      'retention_declared',
      policy('30d', '[{ class: long, servers: [ehr] }, { class: short, servers: [crm] }]'),
    );
    const before = await values();
    await followAt(APPENDED_MS + 29 * DAY_MS, { runs: 1 });
    expect((await runs())[0]).toMatchObject({ records: 0, heldTraces: 0 });
    expect(await values()).toBe(before);
  });

  it('is resumed after a crash at every step: values go by class, holds win, and it is told once', async () => {
    const held = await pipeline.valuesOf(3);
    const nowMs = APPENDED_MS + 31 * DAY_MS;
    for (const crashAt of [1, 2, 3, 4, 4, 2, 1]) await followAt(nowMs, { runs: 2, crashAt });
    await followAt(nowMs, { runs: 2 });
    const [, run] = await runs();
    expect(run).toMatchObject({ records: 90, heldTraces: 10 });
    expect(run?.policyVersion).toBeGreaterThan(0);
    const sql = `SELECT server, count() AS n FROM waybill.payloads AS p INNER JOIN waybill.records AS r
      ON p.log_id = r.log_id AND p.leaf_index = r.leaf_index WHERE r.sign = 1 GROUP BY server ORDER BY server`;
    const left = await pipeline.reader.query<{ server: string; n: number }>({ sql });
    expect(left.map(({ server }) => server)).toEqual(['crm', 'ehr']);
    expect(await pipeline.valuesOf(3)).toBe(held);
    const report = await pipeline.audit();
    expect(report.findings).toEqual([]);
  }, 120_000);

  it('takes nothing that a hold covers which was placed after the run was asked for', async () => {
    const before = await values();
    const runId = randomUUID();
    await pipeline.control('retention_requested', { runId });
    await pipeline.control('hold_placed', { matter: 'case-2', principals: [principal(4)] });
    await pipeline.control('hold_placed', { matter: 'all', principals: [] });
    await followAt(APPENDED_MS + 100 * DAY_MS, { runs: 3 });
    const run = (await runs()).find((one) => one.runId === runId);
    expect(run).toMatchObject({ reason: 'legal_hold', matters: ['all'] });
    expect(await values()).toBe(before);
    await pipeline.control('hold_released', { matter: 'case-2' });
    await pipeline.control('hold_released', { matter: 'all' });
  });

  it('leaves no byte of a value whose time is over, in log, store or keys', async () => {
    await pipeline.control('hold_released', { matter: 'case-1' });
    await followAt(APPENDED_MS + 101 * DAY_MS, { runs: 4 });
    expect((await runs())[3]).toMatchObject({ records: 110, heldTraces: 0 });
    expect(await values()).toBe(0);
    await ledger.stop();
    expect(filesWith(pipeline.folder, canary(3))).toEqual([]);
    expect((await pipeline.audit()).findings).toEqual([]);
  });

  it('runs by hand, and tells of a run that a hold or the lack of a policy stopped', async () => {
    ledger = await pipeline.start({ eraser: pipeline.eraser() });
    const request = async (): Promise<Told | undefined> => {
      const runId = randomUUID();
      await pipeline.control('retention_requested', { runId });
      await expect
        .poll(async () => (await runs()).some((run) => run.runId === runId), { timeout: 30_000 })
        .toBe(true);
      return (await runs()).find((run) => run.runId === runId);
    };
    expect(await request()).toMatchObject({ records: 0 });
    await pipeline.control('hold_placed', { matter: 'all of it', principals: [] });
    expect(await request()).toMatchObject({ reason: 'legal_hold', matters: ['all of it'] });
    await ledger.stop();
  });
});
