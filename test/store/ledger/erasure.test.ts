import { createHmac, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFileTraceKeys } from '../../../key-store/file-trace-keys.ts';
import { eraserRole, runEraser } from '../../../ledger/erase/run-eraser.ts';
import { createLedgerMetrics } from '../../../ledger/metrics.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { limitReader } from '../../../query-api/limited-reader.ts';
import { createServer } from '../../../query-api/server.ts';
import { exitCodeOf } from '../../../verifier/report.ts';
import { verifyRecord } from '../../../verifier/verify-record.ts';
import { as, keys, madeApi } from '../../unit/query-api/made-api.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import type { PeoplePipeline } from '../../support/people-pipeline.ts';
import {
  canary,
  filesWith,
  principal,
  recordsOf,
  startPeoplePipeline,
  typeOf,
} from '../../support/people-pipeline.ts';

let pipeline: PeoplePipeline;
let ledger: RunningRole;
let reader: RecordStore;

beforeAll(async () => {
  pipeline = await startPeoplePipeline();
  ({ reader } = pipeline);
});
afterAll(async () => pipeline.close());

const eraser = () => pipeline.eraser();
const sealed = async (): Promise<number> => pipeline.sealed();
const valuesOf = async (person: number): Promise<number> => pipeline.valuesOf(person);

async function request(...people: readonly number[]): Promise<string> {
  const requestId = randomUUID();
  const principals = people.map(principal);
  await pipeline.control('erasure_requested', { requestId, principals, legalBasis: 'test' });
  return requestId;
}

async function leavesOf(requestId: string): Promise<readonly string[]> {
  return (await pipeline.controlLeaves(requestId)).map(typeOf);
}

/** A head is signed a moment after its last leaf is there. */
async function audited(): Promise<readonly unknown[]> {
  const report = await pipeline.audit();
  expect(report.leaves).toBeGreaterThan(100);
  return report.findings;
}

/** Through the API and the verifier: a record whose values were erased says so, and others open as before. */
async function expectProofs(erasedAt: number): Promise<void> {
  const limits = { querySecondsMax: 10, queriesMax: 4, queriesWaitingMax: 100 };
  const api = madeApi(limitReader(reader, limits), { log: { ...pipeline.log, partitions: 2 } });
  const app = await createServer(api);
  const verdict = async (at: number): Promise<readonly unknown[]> => {
    const [call] = await reader.query<{ id: string }>({
      sql: `SELECT lower(hex(call_id)) AS id FROM waybill.leaves WHERE log_id = 'records/p1/e0' AND leaf_index = {at:UInt64}`,
      params: { at },
    });
    const url = `/v1/records/${call?.id}/proof`;
    const answer = await app.inject({ url, headers: as(keys.auditor) });
    const { leaf, proof, policy, disclosures } = answer.json<{
      leaf: string;
      proof: string;
      policy: string;
      disclosures: object;
    }>();
    const report = await verifyRecord({
      policy,
      proof,
      leaf: Buffer.from(leaf),
      disclosures: JSON.stringify(disclosures),
    });
    expect(exitCodeOf(report)).toBe(0);
    return [report.counts.VALID_REDACTED > 0];
  };
  await expect
    .poll(async () => verdict(erasedAt).catch(() => []), { timeout: 30_000 })
    .toEqual([true]);
  expect(await verdict(erasedAt + 1)).toEqual([false]);
  await app.close();
}

describe('an erasure', () => {
  it('is told, destroys keys and rows, and gives a receipt; all else is as it was', async () => {
    ledger = await pipeline.start({ eraser: eraser() });
    await pipeline.appendRecords(recordsOf(1, 200));
    await expect.poll(sealed, { timeout: 30_000 }).toBe(200);
    const before = await reader.query<{ salt: string; field: string; at: number }>({
      sql: `SELECT lower(hex(salt)) AS salt, field, leaf_index AS at FROM waybill.payloads
        WHERE position(value, 'canary-3-') > 0 AND log_id = 'records/p1/e0' ORDER BY at, field LIMIT 1`,
    });
    expect(await valuesOf(3)).toBeGreaterThan(0);
    const others = await valuesOf(4);
    const requestId = await request(3);
    await expect
      .poll(async () => leavesOf(requestId), { timeout: 60_000 })
      .toEqual(['erasure_requested', 'redaction', 'redaction_done']);
    expect(await valuesOf(3)).toBe(0);
    expect(await valuesOf(4)).toBe(others);
    await expect.poll(audited, { timeout: 30_000 }).toEqual([]);
    const [row] = before;
    const [told] = await reader.query<{ leaf: string }>({
      sql: `SELECT leaf FROM waybill.leaves WHERE log_id = 'records/p1/e0' AND leaf_index = {at:UInt64}`,
      params: { at: row?.at },
    });
    // Who kept the salt can open the commitment; from what is left, no dictionary does.
    const open = (salt: Buffer): string =>
      createHmac('sha256', salt)
        .update(`${row?.field}\0${canary(3)}`)
        .digest('base64url');
    expect(told?.leaf).toContain(open(Buffer.from(row?.salt ?? '', 'hex')));
    const left = await reader.query<{ salt: string }>({
      sql: `SELECT DISTINCT lower(hex(salt)) AS salt FROM waybill.payloads`,
    });
    await expectProofs(row?.at ?? 0);
    const guesses = [...left.map(({ salt }) => salt), '', '00'.repeat(32)];
    for (const salt of guesses) expect(told?.leaf).not.toContain(open(Buffer.from(salt, 'hex')));
  });

  it('leaves no byte of a value in log, store or keys', async () => {
    await ledger.stop();
    writeFileSync(join(pipeline.folder, 'planted'), `x${canary(3)}x`);
    const found = filesWith(pipeline.folder, canary(3));
    expect(found).toEqual([join(pipeline.folder, 'planted')]);
    expect(filesWith(pipeline.folder, 'canary-3-')).toEqual(found);
  });

  it('is resumed after a crash at every step, and told once', async () => {
    ledger = await pipeline.start();
    const store = await pipeline.store.as('eraser');
    const traceKeys = await openFileTraceKeys(pipeline.keyOptions);
    const steps = ['tell', 'destroy', 'tell again', 'delete', 'round', 'done'];
    for (const [at, step] of steps.entries()) {
      const person = at === 3 ? 9 : at;
      const requestId = await request(person);
      const run = async (crashAt: number): Promise<void> => {
        const owner = await pipeline.log.openOwner(eraserRole, 0);
        const end = new AbortController();
        let taken = 0;
        const onStep = (): void => {
          taken += 1;
          if (taken === crashAt) throw new TypeError(`crash at ${step}`);
        };
        const values = { servers: [store], database: 'waybill' };
        const metrics = createLedgerMetrics();
        const parts = { log: pipeline.log, store, values, traceKeys, metrics };
        const running = runEraser(
          { ...parts, retryMs: 50, retentionEveryMs: 1e9, clock: Date.now, onStep },
          owner,
          end.signal,
        );
        if (crashAt > 0) await expect(running).rejects.toThrow(`crash at ${step}`);
        else {
          await expect
            .poll(async () => (await leavesOf(requestId)).at(-1), { timeout: 60_000 })
            .toBe('redaction_done');
          end.abort();
          await running;
        }
        await owner.close();
      };
      await run(at + 1);
      await run(0);
      expect(await valuesOf(person)).toBe(0);
      const types = await leavesOf(requestId);
      expect(types.filter((type) => type === 'redaction')).toHaveLength(1);
      expect(types.filter((type) => type === 'redaction_done')).toHaveLength(1);
    }
    await expect.poll(audited, { timeout: 30_000 }).toEqual([]);
    await traceKeys.close();
    await ledger.stop();
  }, 180_000);

  it('waits for no hold: it is refused while one stands, and taken once that is released', async () => {
    ledger = await pipeline.start({ eraser: eraser() });
    await pipeline.control('hold_placed', { matter: 'case-17', principals: [principal(6)] });
    const refused = await request(6);
    await expect
      .poll(async () => leavesOf(refused), { timeout: 60_000 })
      .toEqual(['erasure_requested', 'erasure_refused']);
    expect(await valuesOf(6)).toBeGreaterThan(0);
    await pipeline.control('hold_released', { matter: 'case-17' });
    const taken = await request(6);
    await expect
      .poll(async () => (await leavesOf(taken)).at(-1), { timeout: 60_000 })
      .toBe('redaction_done');
    expect(await valuesOf(6)).toBe(0);
    await ledger.stop();
  });

  it('is refused while a trace of its person names somebody who is on hold', async () => {
    ledger = await pipeline.start({ eraser: eraser() });
    const [record] = recordsOf(5, 1);
    if (record === undefined) throw new Error('There is one.');
    const before = await sealed();
    const facts = { ...record.facts, user: principal(21), onBehalfOf: principal(22) };
    await pipeline.appendRecords([{ ...record, facts }]);
    await expect.poll(sealed, { timeout: 30_000 }).toBe(before + 1);
    await pipeline.control('hold_placed', { matter: 'case-18', principals: [principal(22)] });
    const refused = await request(21);
    await expect
      .poll(async () => leavesOf(refused), { timeout: 60_000 })
      .toEqual(['erasure_requested', 'erasure_refused']);
    await pipeline.control('hold_released', { matter: 'case-18' });
    await ledger.stop();
  });

  it('does not stop the pipeline: a record that comes late is told as redacted, and leaves are made again', async () => {
    ledger = await pipeline.start({ eraser: eraser() });
    const late = recordsOf(1, 200).filter((_, at) => at % 10 === 6);
    await pipeline.appendRecords(
      late.map((record) => ({ ...record, recordId: `${record.callId}.1`, revision: 1 })),
    );
    await expect.poll(sealed, { timeout: 30_000 }).toBe(201 + late.length);
    expect(await valuesOf(6)).toBe(0);
    const redactions = async (): Promise<number> => {
      const sql = `SELECT count() AS n FROM waybill.leaves WHERE log_id = 'registry/p0/e0'
        AND position(leaf, '"eventId":"records/') > 0`;
      return (await reader.query<{ n: number }>({ sql }))[0]?.n ?? 0;
    };
    await expect.poll(redactions, { timeout: 30_000 }).toBeGreaterThan(0);
    await expect.poll(audited, { timeout: 30_000 }).toEqual([]);
    await ledger.stop();
    const hashes = async () =>
      reader.query<{ hash: string }>({
        sql: `SELECT lower(hex(leaf_hash)) AS hash FROM waybill.leaves WHERE log_id = 'records/p0/e0' ORDER BY leaf_index`,
      });
    const before = await hashes();
    const migrator = await pipeline.store.as('migrator');
    for (const table of ['leaves', 'records', 'payloads']) {
      await migrator.command(
        `ALTER TABLE waybill.${table} DELETE WHERE log_id = 'records/p0/e0' AND leaf_index >= 5 SETTINGS mutations_sync = 2`,
      );
    }
    ledger = await pipeline.start();
    await expect.poll(async () => (await hashes()).length, { timeout: 30_000 }).toBe(before.length);
    expect(await hashes()).toEqual(before);
    expect(await valuesOf(6)).toBe(0);
    expect(await valuesOf(7)).toBeGreaterThan(0);
    await ledger.stop();
    await expect.poll(audited, { timeout: 30_000 }).toEqual([]);
  });
});

describe('the eraser’s user', () => {
  it('deletes from no table but the search copy of payloads, and changes and writes nothing', async () => {
    const store = await pipeline.store.as('eraser');
    for (const table of [
      'leaves',
      'records',
      'charges',
      'reads',
      'registry',
      'checkpoints',
      'nodes',
    ]) {
      await expect(store.command(`ALTER TABLE waybill.${table} DELETE WHERE 1`)).rejects.toThrow(
        /ACCESS_DENIED|Not enough privileges/,
      );
    }
    for (const statement of [
      'ALTER TABLE waybill.payloads UPDATE field = field WHERE 1',
      'TRUNCATE TABLE waybill.payloads',
      'DROP TABLE waybill.payloads',
      'INSERT INTO waybill.payloads (tenant) VALUES (1)',
    ]) {
      await expect(store.command(statement)).rejects.toThrow(/ACCESS_DENIED|Not enough privileges/);
    }
  });
});
