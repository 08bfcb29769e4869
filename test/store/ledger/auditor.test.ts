import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Owner } from '../../../event-log/event-log.ts';
import { AuditDraft } from '../../../ledger/audit/findings.ts';
import type { AuditorParts } from '../../../ledger/audit/run-auditor.ts';
import { auditRound } from '../../../ledger/audit/run-auditor.ts';
import { watchGrants } from '../../../ledger/audit/watch-store.ts';
import { pause } from '../../../ledger/pause.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { readLeaf } from '../../../schemas/leaf-record.ts';
import type { RunningRole } from '../../../schemas/role.ts';
import { auditorRole } from '../../../schemas/state-keys.ts';
import type { PeoplePipeline } from '../../support/people-pipeline.ts';
import { eventually } from '../../support/pipeline.ts';
import { TENANT, recordsOf, startPeoplePipeline } from '../../support/people-pipeline.ts';

let pipeline: PeoplePipeline;
let ledger: RunningRole;
let owner: Owner;
let migrator: RecordStore;
let parts: AuditorParts;
const { signal } = new AbortController();

beforeAll(async () => {
  pipeline = await startPeoplePipeline();
  ledger = await pipeline.start();
  await pipeline.appendRecords(recordsOf(1, 900));
  await eventually(
    async () => pipeline.sealed(),
    (leaves) => leaves === 900,
  );
  owner = await pipeline.log.openOwner(auditorRole, 0);
  migrator = await pipeline.store.as('migrator');
  parts = {
    log: pipeline.log,
    store: await pipeline.store.as('auditor'),
    policy: async () =>
      Promise.resolve(readFileSync(join(pipeline.folder, 'signer', 'policy.txt'), 'utf8')),
    tenant: TENANT,
    trustedUsers: [],
    userPrefix: '',
    seed: 'a test',
    rangesEachRound: 8,
    everyMs: 1,
    clock: Date.now,
  };
  const signed = async (): Promise<number> => {
    const sql = `SELECT sum(size) AS n FROM (SELECT max(size) AS size FROM waybill.checkpoints WHERE log_id LIKE 'records/%' GROUP BY log_id)`;
    return (await pipeline.reader.query<{ n: number }>({ sql }))[0]?.n ?? 0;
  };
  await eventually(signed, (leaves) => leaves === 900);
});
afterAll(async () => {
  await owner.close();
  await ledger.stop();
  await pipeline.close();
});

async function found(): Promise<readonly string[]> {
  const leaves = await pipeline.controlLeaves('"type":"integrity_found"');
  return leaves.map((leaf) => {
    const { event } = JSON.parse(leaf) as { readonly event: { readonly body: string } };
    const told = JSON.parse(event.body) as { code: string; logId: string; detail: string };
    return `${told.code} ${told.logId} ${told.detail}`.trim();
  });
}

async function rounds(count: number): Promise<number> {
  let findings = 0;
  for (let at = 0; at < count; at += 1) ({ findings } = await auditRound(parts, owner, signal));
  return findings;
}

const untilFound = async (code: string): Promise<void> =>
  expect.poll(async () => (await found()).join('\n'), { timeout: 30_000 }).toContain(code);

describe('the auditor', () => {
  it('reads every range of an untouched store in the course of time, and finds nothing', async () => {
    for (let at = 0; at < 12; at += 1) {
      const progress = await auditRound(parts, owner, signal);
      expect(progress).toMatchObject({ findings: 0, trouble: null, rounds: at + 1 });
    }
    const progress = await auditRound(parts, owner, signal);
    expect(progress.leaves).toBeGreaterThan(3_000);
    expect(progress.rows).toBeGreaterThan(progress.leaves);
    expect(await found()).toEqual([]);
  }, 60_000);

  it('takes no value for missing whose redaction waits to be sealed', async () => {
    const where = `log_id = 'records/p0/e0' AND leaf_index < 256`;
    const sql = `SELECT leaf FROM waybill.leaves WHERE ${where}`;
    const leaves = await pipeline.reader.query<{ leaf: string }>({ sql, params: {} });
    await ledger.stop();
    const targets = leaves.flatMap(({ leaf }) => {
      const { record } = readLeaf(leaf);
      const fields = record?.payload.map(({ name, commitment }) => ({ name, commitment })) ?? [];
      return record ? [{ recordId: record.recordId, fields }] : [];
    });
    await pipeline.control('redaction', { requestId: null, legalBasis: 'a restore', targets });
    await migrator.command(
      `ALTER TABLE waybill.payloads DELETE WHERE ${where} SETTINGS mutations_sync = 2`,
    );
    const looking = rounds(6);
    await pause(10_000, signal);
    ledger = await pipeline.start();
    expect(await looking).toBe(0);
    expect(await found()).toEqual([]);
  }, 60_000);

  it('tells once of a statement that changed rows, and of a column that says other than its leaf', async () => {
    await migrator.command(
      `ALTER TABLE waybill.records UPDATE tool = 'another' WHERE log_id = 'records/p0/e0' AND leaf_index = 7
       SETTINGS mutations_sync = 2`,
    );
    await rounds(12);
    await untilFound('ROW_DIFFERS records/p0/e0 records: tool');
    const told = await found();
    expect(told.filter((one) => one.startsWith('STORE_MUTATED'))).toEqual([
      expect.stringMatching(/^STORE_MUTATED {2}?records: UPDATE/) as string,
    ]);
    expect(told).toHaveLength(2);
  }, 60_000);

  it('tells of a leaf that was deleted, in the first round after it', async () => {
    await migrator.command(
      `ALTER TABLE waybill.leaves DELETE WHERE log_id = 'records/p1/e0' AND leaf_index = 300 SETTINGS mutations_sync = 2`,
    );
    await rounds(1);
    await untilFound('LEAF_MISSING records/p1/e0');
    await untilFound('STORE_MUTATED  leaves: DELETE');
  });

  it('tells of heads that are gone: a store that was set back', async () => {
    const size = `SELECT max(size) AS size FROM waybill.checkpoints WHERE log_id = 'records/p0/e0'`;
    const [row] = await pipeline.reader.query<{ size: number }>({ sql: size });
    await migrator.command(
      `ALTER TABLE waybill.checkpoints DELETE WHERE log_id = 'records/p0/e0' AND size = ${row?.size}
       SETTINGS mutations_sync = 2`,
    );
    await rounds(1);
    await untilFound('HEAD_MISSING records/p0/e0');
  });

  it('goes on when the store is away, and says why nothing was looked at', async () => {
    const away = { ...parts.store, query: async () => Promise.reject(unreachable) };
    const unreachable = Object.assign(new Error('away'), { code: 'STORE_UNREACHABLE' });
    const before = (await found()).length;
    const progress = await auditRound({ ...parts, store: away }, owner, signal);
    expect(progress.trouble).toBe('STORE_UNREACHABLE');
    expect((await auditRound(parts, owner, signal)).trouble).toBeNull();
    expect((await found()).length).toBeGreaterThanOrEqual(before);
  });
});

describe('grants', () => {
  const watched = async (
    rows: readonly (readonly [string, string, string, string])[],
    trusted: readonly string[] = [],
  ): Promise<readonly string[]> => {
    const grants = rows.map(([user, type, database, table]) => ({ user, type, database, table }));
    const draft = new AuditDraft();
    const store = { query: async <Row>() => Promise.resolve(grants as unknown as readonly Row[]) };
    await watchGrants(store, draft, { trustedUsers: trusted, userPrefix: '' });
    return draft.report().findings.map(({ detail }) => detail);
  };

  it('are as they are to be in the store as it is made', async () => {
    const draft = new AuditDraft();
    await watchGrants(parts.store, draft, parts);
    expect(draft.report().findings).toEqual([]);
  });

  it('that let a user change or delete what is kept are found', async () => {
    expect(
      await watched(
        [
          ['writer', 'INSERT', 'waybill', '*'],
          ['writer', 'ALTER DELETE', 'waybill', 'records'],
          ['eraser', 'ALTER DELETE', 'waybill', 'payloads'],
          ['eraser', 'ALTER DELETE', 'waybill', 'leaves'],
          ['reader', 'SELECT', 'waybill', '*'],
          ['reader', 'INSERT', 'waybill', 'leaves'],
          ['root', 'ALL', '*', '*'],
          ['ops', 'ALL', '*', '*'],
          ['not_the_migrator', 'ALTER UPDATE', 'waybill', '*'],
        ],
        ['ops'],
      ),
    ).toEqual([
      'writer: ALTER DELETE ON waybill.records',
      'eraser: ALTER DELETE ON waybill.leaves',
      'reader: INSERT ON waybill.leaves',
      'root: ALL ON *.*',
      'not_the_migrator: ALTER UPDATE ON waybill.*',
    ]);
  });
});
