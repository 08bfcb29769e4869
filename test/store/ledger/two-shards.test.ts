import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTraceKeyMaker } from '../../../key-store/trace-key-maker.ts';
import { recordMessage } from '../../../enricher/record-message.ts';
import { generateRecords } from '../../../bench/generated-records.ts';
import { auditStore } from '../../../ledger/audit/audit-store.ts';
import { storedForAudit } from '../../../ledger/audit/stored.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { eventMessage } from '../../../registry/event-message.ts';
import { tenantKey } from '../../../registry/tenant-keys.ts';
import type { AuditRecord } from '../../../schemas/record-types.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import type { ClickHouseServers } from '../../support/clickhouse-servers.ts';
import { startClickHouseServers } from '../../support/clickhouse-servers.ts';
import type { SealedPipeline } from '../../support/sealed-pipeline.ts';
import { PARTITIONS, sealedPipelineOn } from '../../support/sealed-pipeline.ts';

const PERSON = `p_${'7'.repeat(32)}`;

let servers: ClickHouseServers;
let pipeline: SealedPipeline<ClickHouseServers>;
let ledger: RunningRole;
let reader: RecordStore;

beforeAll(async () => {
  servers = await startClickHouseServers(2, { kind: 'cluster', cluster: 'two', replicated: false });
  await servers.migrate();
  pipeline = await sealedPipelineOn(servers);
  reader = await servers.as('reader', 1);
  ledger = await pipeline.start({
    eraser: { ...servers.engine.credentials.eraser, servers: [...servers.urls] },
  });
});
afterAll(async () => {
  await ledger.stop();
  await pipeline.close();
});

async function count(what: string, store = reader): Promise<number> {
  const [row] = await store.query<{ n: number }>({ sql: `SELECT count() AS n FROM ${what}` });
  return row?.n ?? 0;
}

const sealed = async () => count("waybill.leaves WHERE log_id LIKE 'records/%'");

/** Into the partitions in turn, beginning with `shift`. */
async function append(records: readonly AuditRecord[], shift: number): Promise<void> {
  const maker = await openTraceKeyMaker({
    folder: join(servers.folder, 'traces'),
    wrappingKey: (tenant: string) => tenantKey(Buffer.alloc(32, 0xab), tenant, 'trace'),
  });
  const messages = records.map((record, at) =>
    recordMessage(record, (at + shift) % PARTITIONS, maker),
  );
  await maker.flush();
  await pipeline.log.append(messages);
  await maker.close();
}

function recordsOf(seed: number, many: number): readonly AuditRecord[] {
  const plan = {
    startUs: 1_790_000_000_000_000,
    stepUs: 1_000,
    tenants: ['acme'],
    payloadChars: 20,
  };
  const made = generateRecords({ ...plan, seed, count: many, revisedOneIn: 10 });
  return made.map((record) => ({ ...record, facts: { ...record.facts, user: PERSON } }));
}

describe('a ledger over two shards', () => {
  it('keeps each log on the shard of its partition, and both answer for all', async () => {
    await append(recordsOf(1, 200), 0);
    await expect.poll(sealed, { timeout: 30_000 }).toBe(200);
    for (const shard of [0, 1]) {
      const own = await servers.as('reader', shard);
      const sql =
        "SELECT DISTINCT log_id AS log FROM waybill_shard.leaves WHERE log_id LIKE 'records/%'";
      expect(await own.query({ sql })).toEqual([{ log: `records/p${shard}/e0` }]);
      expect(await count('waybill.leaves', own)).toBe(await count('waybill.leaves'));
    }
  });

  it('shows current records only, where what takes a row back lies on the other shard', async () => {
    const [first] = recordsOf(77, 1);
    if (!first) throw new Error('a record was expected');
    const { recordId, facts, charges, callId } = first;
    const supersedes = { recordId, facts, charges };
    const revised = { ...first, recordId: `${callId}.1`, revision: 1, supersedes };
    await append([first], 0);
    await append([revised], 1);
    await expect.poll(sealed, { timeout: 30_000 }).toBe(202);
    const where = `call_id = unhex('${callId}')`;
    for (const server of [0, 1]) {
      const own = await servers.as('reader', server);
      expect(await count(`waybill_shard.records WHERE ${where}`, own)).toBe(server === 0 ? 1 : 2);
      const sql = `SELECT revision FROM waybill.current_records WHERE ${where}`;
      expect(await own.query({ sql })).toEqual([{ revision: 1 }]);
    }
  });

  it('waits for a shard that is gone, and then has each row once; no answer is given from half', async () => {
    await servers.kill(1);
    await append(recordsOf(2, 300), 0);
    const front = await servers.as('reader', 0);
    await expect(count('waybill.leaves', front)).rejects.toMatchObject({ retryable: true });
    const metrics = async () => (await fetch(`${ledger.addresses['ledgerMetrics']}`)).text();
    await expect.poll(metrics, { timeout: 30_000 }).toMatch(/store_retries\w* [1-9]/);
    await servers.start(1);
    await expect.poll(async () => sealed().catch(() => 0), { timeout: 60_000 }).toBe(502);
    for (const table of ['leaves', 'payloads']) {
      const key = table === 'leaves' ? '1' : 'field';
      // At once: heads are sealed meanwhile.
      const sql = `SELECT count() AS rows, uniqExact(log_id, leaf_index, ${key}) AS distinct FROM waybill.${table}`;
      const [found] = await front.query<{ rows: number; distinct: number }>({ sql });
      expect(found?.rows).toBeGreaterThan(300);
      expect(found?.distinct).toBe(found?.rows);
    }
    await expect.poll(audited, { timeout: 30_000 }).toEqual([]);
  });

  it('erases a person on every shard', async () => {
    const values = "waybill.payloads WHERE log_id LIKE 'records/%'";
    expect(await count(values)).toBeGreaterThan(500);
    const requestId = randomUUID();
    const body = JSON.stringify({ requestId, principals: [PERSON], legalBasis: 'test' });
    const event = {
      eventId: randomUUID(),
      tenant: 'acme',
      type: 'erasure_requested',
      timeUs: 1,
    } as const;
    await pipeline.log.append([eventMessage({ ...event, actor: 'k', digest: null, body })]);
    const done = `waybill.leaves WHERE log_id = 'registry/p0/e0' AND position(leaf, 'redaction_done') > 0`;
    await expect.poll(async () => count(done), { timeout: 60_000 }).toBe(1);
    expect(await count(values)).toBe(0);
    await expect.poll(audited, { timeout: 30_000 }).toEqual([]);
  });
});

/** A head is signed a moment after its last leaf is there. */
async function audited(): Promise<readonly unknown[]> {
  const policy = readFileSync(join(servers.folder, 'signer', 'policy.txt'), 'utf8');
  const report = await auditStore({ store: storedForAudit(reader), policy, heldHeads: [] });
  expect(report.leaves).toBeGreaterThan(100);
  return report.findings;
}
