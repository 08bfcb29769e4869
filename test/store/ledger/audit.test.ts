import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditStore } from '../../../ledger/audit/audit-store.ts';
import { storedForAudit } from '../../../ledger/audit/stored.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { encodeRegistryEvent } from '../../../schemas/avro-codec.ts';
import { topics } from '../../../schemas/topics.ts';
import { run } from '../../../cli/main.ts';
import { processTerminal } from '../../../cli/terminal.ts';
import type { SealedPipeline } from '../../support/sealed-pipeline.ts';
import { startSealedPipeline } from '../../support/sealed-pipeline.ts';

let pipeline: SealedPipeline;
let reader: RecordStore;
let migrator: RecordStore;
const COUNT = 1_200;

beforeAll(async () => {
  pipeline = await startSealedPipeline();
  reader = await pipeline.store.as('reader');
  migrator = await pipeline.store.as('migrator');
});
afterAll(async () => {
  await pipeline.close();
});

async function audit(heldHeads: readonly string[] = []) {
  const policy = await readFile(join(pipeline.folder, 'signer', 'policy.txt'), 'utf8');
  return auditStore({ store: storedForAudit(reader), policy, heldHeads });
}

async function signed(): Promise<number> {
  const sql = `SELECT max(size) AS n FROM waybill.checkpoints WHERE log_id = 'records/p0/e0'`;
  const [row] = await reader.query<{ n: number }>({ sql });
  return row?.n ?? 0;
}

async function change(sql: string): Promise<void> {
  await migrator.command(`${sql} SETTINGS mutations_sync = 2`);
}

function appliedEvent(teams: number) {
  const team = (at: number) => ({ id: `t${at}`, name: `T ${at}`, costCenter: null, members: [] });
  const body = {
    teams: Array.from({ length: teams }, (_, at) => team(at)),
    agents: [],
    servers: [],
  };
  const value = encodeRegistryEvent({
    eventId: `e${teams}`,
    tenant: 'acme',
    type: 'registry_applied',
    timeUs: 1_790_000_000_000_000,
    actor: null,
    digest: null,
    body: JSON.stringify(body),
  });
  return { topic: topics.registry, partition: 0, key: 'acme', headers: {}, value };
}

describe('an audit of the real store', () => {
  it('finds nothing where nothing was changed', async () => {
    const ledger = await pipeline.start();
    await pipeline.append(COUNT, 1);
    await pipeline.log.append([appliedEvent(1), appliedEvent(80)]);
    await expect.poll(signed, { timeout: 30_000 }).toBe(COUNT / 2);
    await ledger.stop();
    const report = await audit();
    expect(report.findings).toEqual([]);
    expect(report.leaves).toBeGreaterThan(COUNT);
    expect(report.rows).toBeGreaterThan(4 * COUNT);
  });

  const at = "log_id = 'records/p0/e0' AND leaf_index = 77";
  it.each([
    [
      `ALTER TABLE waybill.records UPDATE user = 'p_forged' WHERE ${at}`,
      'ROW_DIFFERS',
      'records: user',
    ],
    [
      `ALTER TABLE waybill.charges UPDATE amount_nano = 1 WHERE ${at}`,
      'ROW_DIFFERS',
      'charges: amount_nano',
    ],
    [
      `ALTER TABLE waybill.payloads UPDATE value = 'nothing' WHERE ${at} AND field = 'result'`,
      'PAYLOAD_DIFFERS',
      'result',
    ],
    [
      `ALTER TABLE waybill.leaves UPDATE tenant = 'nobody' WHERE ${at}`,
      'LEAF_COLUMN_DIFFERS',
      'tenant',
    ],
    [
      `ALTER TABLE waybill.leaves UPDATE leaf = concat(leaf, ' ') WHERE ${at}`,
      'LEAF_HASH_DIFFERS',
      '',
    ],
    [`ALTER TABLE waybill.payloads DELETE WHERE ${at}`, 'PAYLOAD_MISSING', 'arguments'],
    [`ALTER TABLE waybill.records DELETE WHERE ${at}`, 'ROW_MISSING', 'records'],
    [`ALTER TABLE waybill.leaves DELETE WHERE ${at}`, 'LEAF_MISSING', ''],
  ])('finds what %s does', async (sql, code, detail) => {
    await change(sql);
    const { findings } = await audit();
    expect(findings).toContainEqual({ code, logId: 'records/p0/e0', at: 77, detail });
  });

  it('ends with an exit code for each: intact, altered, incomplete', async () => {
    const out: string[] = [];
    const policy = join(pipeline.folder, 'policy.txt');
    await copyFile(join(pipeline.folder, 'signer', 'policy.txt'), policy);
    const { passwordFile } = pipeline.store.engine.credentials.reader;
    const of = async (store: string, file: string): Promise<number> =>
      run(['audit', '--store', store, '--password-file', passwordFile, '--policy', file], {
        ...processTerminal(),
        out: (text) => void out.push(text),
        note: () => undefined,
      });
    expect(await of(pipeline.store.engine.url, policy)).toBe(1);
    expect(out.join('\n')).toMatch(/^INVALID LEAF_MISSING records\/p0\/e0 77/m);
    expect(await of('http://127.0.0.1:1', policy)).toBe(2);
    await writeFile(policy, 'no policy');
    expect(await of(pipeline.store.engine.url, policy)).toBe(2);
  });
});
