import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateRecords } from '../../../bench/generated-records.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { EventLog } from '../../../event-log/event-log.ts';
import { startLedger } from '../../../ledger/main.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { encodeAuditRecord, encodeRegistryEvent } from '../../../schemas/avro-codec.ts';
import type { RegistryEvent } from '../../../schemas/record-types.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { topics } from '../../../schemas/topics.ts';
import type { TestStore } from '../../support/test-store.ts';
import { startTestStore } from '../../support/test-store.ts';

const PARTITIONS = 2;
const plan = {
  seed: 3,
  startUs: 1_790_000_000_000_000,
  stepUs: 1_000,
  tenants: ['default'],
  revisedOneIn: 10,
  payloadChars: 60,
};

let store: TestStore;
let reader: RecordStore;
let log: EventLog;
let ledger: RunningRole;

beforeAll(async () => {
  store = await startTestStore();
  reader = await store.as('reader');
  log = await openEmbeddedLog({ folder: join(store.folder, 'log'), partitions: PARTITIONS });
  await writeFile(join(store.folder, 'master.key'), 'ab'.repeat(32), { mode: 0o600 });
  ledger = await start();
});
afterAll(async () => {
  await ledger.stop();
  await log.close();
  await store.stop();
});

async function start(): Promise<RunningRole> {
  const { username, passwordFile } = store.engine.credentials.writer;
  return startLedger({
    logDirectory: join(store.folder, 'log'),
    partitions: PARTITIONS,
    masterKeyFile: join(store.folder, 'master.key'),
    traceKeysFolder: join(store.folder, 'traces'),
    signerFolder: join(store.folder, 'signer'),
    signEveryMs: 100,
    store: { url: store.engine.url, username, passwordFile },
    idleWaitMs: 50,
    retryFirstMs: 50,
  });
}

async function appendRecords(seed: number, count: number): Promise<void> {
  const records = generateRecords({ ...plan, seed, count });
  await log.append(
    records.map((record, index) => ({
      topic: topics.records,
      partition: index % PARTITIONS,
      key: record.callId,
      headers: {},
      value: encodeAuditRecord(record),
    })),
  );
}

async function leaves(log_id: string): Promise<{ n: number; end: number } | undefined> {
  const sql =
    'SELECT count() AS n, max(leaf_index) + 1 AS end FROM waybill.leaves WHERE log_id = {log_id:String}';
  const [row] = await reader.query<{ n: number; end: number }>({ sql, params: { log_id } });
  return row;
}

describe('the running ledger', () => {
  it('makes appended records queryable, each once', async () => {
    await appendRecords(3, 100);
    await expect
      .poll(async () => leaves('records/p1/e0'), { timeout: 20_000 })
      .toEqual({ n: 50, end: 50 });
    await expect
      .poll(async () => leaves('records/p0/e0'), { timeout: 20_000 })
      .toEqual({ n: 50, end: 50 });
  });

  it('commits its position, so that what reads lag sees none when all is written', async () => {
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const { end } = await log.range(topics.records, partition);
      const view = await log.inspect('ledger', partition);
      await expect
        .poll(() => view.position(topics.records, partition), { timeout: 20_000 })
        .toBe(end);
    }
  });

  it('seals what was declared, and lists it', async () => {
    const body = JSON.stringify({
      teams: [{ id: 'core', name: 'Core', costCenter: null, members: [] }],
      agents: [],
      servers: [
        {
          name: 'files',
          owner: 'p_1',
          team: 'core',
          status: 'approved',
          dataClassification: null,
          approvedTools: null,
        },
      ],
    });
    const event: RegistryEvent = {
      eventId: 'e1',
      tenant: 'default',
      type: 'registry_applied',
      timeUs: plan.startUs,
      actor: 'key-1',
      digest: null,
      body,
    };
    const value = encodeRegistryEvent(event);
    await log.append([
      { topic: topics.registry, partition: 0, key: 'default', headers: {}, value },
    ]);
    await expect
      .poll(async () => leaves('registry/p0/e0'), { timeout: 20_000 })
      .toEqual({ n: 1, end: 1 });
    const items = await reader.query({
      sql: 'SELECT tenant, version, kind, id, team, owner, status FROM waybill.registry ORDER BY kind',
    });
    expect(items).toEqual([
      {
        tenant: 'default',
        version: 0,
        kind: 'server',
        id: 'files',
        team: 'core',
        owner: 'p_1',
        status: 'approved',
      },
      {
        tenant: 'default',
        version: 0,
        kind: 'team',
        id: 'core',
        team: 'core',
        owner: '',
        status: '',
      },
    ]);
    const [row] = await reader.query<{ leaf: string }>({
      sql: "SELECT leaf FROM waybill.leaves WHERE log_id = 'registry/p0/e0'",
    });
    const bodyDigest = createHash('sha256').update(body).digest('hex');
    expect(JSON.parse(row?.leaf ?? '')).toEqual({
      appendTimeUs: expect.any(Number) as unknown,
      event: { ...event, bodyDigest },
      index: 0,
      kind: 'control',
      log: 'registry/p0/e0',
      offset: 0,
      partition: 0,
      seq: 0,
      tenant: 'default',
      topic: topics.registry,
      v: 2,
    });
  });

  it('tells its figures to whoever asks for metrics, and nothing else', async () => {
    const url = ledger.addresses['ledgerMetrics'] ?? '';
    expect(await (await fetch(url)).text()).toMatch(/^waybill_ledger_leaves_sealed_total 10\d$/m);
    expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404);
  });

  it('goes on where it stopped, and waits for a store that is away', async () => {
    await ledger.stop();
    await ledger.stop();
    await appendRecords(4, 100);
    process.kill(store.engine.pid() ?? Number.NaN, 'SIGKILL');
    ledger = await start();
    await expect
      .poll(async () => leaves('records/p1/e0').catch(() => undefined), { timeout: 20_000 })
      .toEqual({ n: 100, end: 100 });
    const url = (ledger.addresses['ledgerMetrics'] ?? '').replace('/metrics', '/readyz');
    await expect.poll(async () => (await fetch(url)).status).toBe(200);
  });

  it('names every mistake of its configuration at once', async () => {
    const mistakes = startLedger({ partitions: 0, lingerMs: 'x' });
    await expect(mistakes).rejects.toThrow(
      /LEDGER_CONFIG_INVALID.*partitions.*store.*masterKeyFile.*lingerMs/,
    );
    const store = { url: 'http://127.0.0.1:1', passwordFile: 'none' };
    const noKeys = startLedger({ masterKeyFile: 'none', signerFolder: 'none', store });
    await expect(noKeys).rejects.toThrow(/traceKeysFolder: either this or keyKeeper has the keys/);
    const nobodySigns = startLedger({ masterKeyFile: 'none', traceKeysFolder: 'none', store });
    await expect(nobodySigns).rejects.toThrow(/signerFolder: either this or signer signs/);
  });
});
