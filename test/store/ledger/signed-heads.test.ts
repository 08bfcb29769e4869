import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { treeRoot } from '../../../integrity/compact-range.ts';
import { leafHash } from '../../../integrity/merkle.ts';
import { openCheckpoint } from '../../../integrity/open-checkpoint.ts';
import { parsePolicy } from '../../../integrity/policy.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import type { SealedPipeline } from '../../support/sealed-pipeline.ts';
import { startSealedPipeline } from '../../support/sealed-pipeline.ts';

let pipeline: SealedPipeline;
let reader: RecordStore;
let migrator: RecordStore;

beforeAll(async () => {
  pipeline = await startSealedPipeline();
  reader = await pipeline.store.as('reader');
  migrator = await pipeline.store.as('migrator');
});
afterAll(async () => {
  await pipeline.close();
});

type Head = { readonly size: number; readonly note: string };

async function heads(logId: string): Promise<readonly Head[]> {
  const sql =
    'SELECT DISTINCT size, note FROM waybill.checkpoints WHERE log_id = {log:String} ORDER BY size';
  return reader.query<Head>({ sql, params: { log: logId } });
}

async function signedSize(logId: string): Promise<number> {
  return (await heads(logId)).at(-1)?.size ?? 0;
}

async function leavesOf(logId: string): Promise<readonly { leaf: string; hash: string }[]> {
  const sql = `SELECT leaf, lower(hex(leaf_hash)) AS hash FROM waybill.leaves WHERE log_id = {log:String}
    ORDER BY leaf_index`;
  return reader.query({ sql, params: { log: logId } });
}

/** Every head that was published is of the tree over the leaves in the store, and signed as the published policy asks. */
async function expectTrue(logId: string): Promise<void> {
  const leaves = await leavesOf(logId);
  const hashes = leaves.map(({ leaf }) => leafHash(Buffer.from(leaf)));
  const policy = parsePolicy(await readFile(join(pipeline.folder, 'signer', 'policy.txt'), 'utf8'));
  const published = await heads(logId);
  expect(published.length).toBeGreaterThan(0);
  for (const { size, note } of published) {
    const { checkpoint } = await openCheckpoint(
      note,
      policy.logs.map(({ key }) => key),
    );
    expect(checkpoint.size).toBe(size);
    const root = Buffer.from(treeRoot(hashes.slice(0, size))).toString('hex');
    expect(Buffer.from(checkpoint.root).toString('hex')).toBe(root);
  }
}

describe('signed heads', () => {
  it('follow what is sealed, of each log, and the meta log seals them', async () => {
    const ledger = await pipeline.start();
    await pipeline.append(700, 1);
    await expect.poll(async () => signedSize('records/p0/e0'), { timeout: 30_000 }).toBe(350);
    await pipeline.append(700, 2);
    await expect.poll(async () => signedSize('records/p0/e0'), { timeout: 30_000 }).toBe(700);
    await expect.poll(async () => signedSize('records/p1/e0'), { timeout: 30_000 }).toBe(700);
    const all = async (): Promise<boolean> => {
      const sealed = (await leavesOf('meta/e0')).map(({ leaf }) => leaf);
      const published = [...(await heads('records/p0/e0')), ...(await heads('records/p1/e0'))];
      return published.every(({ note }) => sealed.includes(note));
    };
    await expect.poll(all, { timeout: 30_000 }).toBe(true);
    await ledger.stop();
    for (const log of ['records/p0/e0', 'records/p1/e0', 'meta/e0']) await expectTrue(log);
    const [policy] = await leavesOf('meta/e0');
    expect(policy?.leaf).toBe(
      await readFile(join(pipeline.folder, 'signer', 'policy.txt'), 'utf8'),
    );
  });

  it('go on after a restart, and after the nodes of the trees were lost', async () => {
    await migrator.command('ALTER TABLE waybill.nodes DELETE WHERE 1 SETTINGS mutations_sync = 2');
    const ledger = await pipeline.start();
    await pipeline.append(1_000, 3);
    await expect.poll(async () => signedSize('records/p0/e0'), { timeout: 30_000 }).toBe(1_200);
    await ledger.stop();
    await expectTrue('records/p0/e0');
    await expectTrue('meta/e0');
  });

  it('of a store that was set back stay true: what is missing is made again of the log', async () => {
    const before = await leavesOf('records/p0/e0');
    const rows = await rowSums();
    for (const table of ['leaves', 'records', 'payloads']) {
      const lost = table === 'leaves' ? 500 : 300;
      await migrator.command(
        `ALTER TABLE waybill.${table} DELETE WHERE log_id = 'records/p0/e0' AND leaf_index >= ${lost} SETTINGS mutations_sync = 2`,
      );
    }
    expect((await leavesOf('records/p0/e0')).length).toBe(500);
    const ledger = await pipeline.start();
    await expect
      .poll(async () => (await leavesOf('records/p0/e0')).length, { timeout: 30_000 })
      .toBe(1_200);
    await ledger.stop();
    expect(await leavesOf('records/p0/e0')).toEqual(before);
    expect(await rowSums()).toEqual(rows);
  });

  it('end when the signer has signed what the store does not hold', async () => {
    const state = join(pipeline.folder, 'signer', 'signed.log');
    const signed = await readFile(state, 'utf8');
    await migrator.command(
      `ALTER TABLE waybill.leaves UPDATE leaf_hash = unhex(repeat('ab', 32)) WHERE log_id = 'records/p0/e0' AND leaf_index = 1199 SETTINGS mutations_sync = 2`,
    );
    const ledger = await pipeline.start();
    await pipeline.append(100, 4);
    await expect(ledger.failed).rejects.toThrow(/LEDGER_SIGNER_REFUSED.*proof/);
    await ledger.stop();
    // The memory may be written anew meanwhile, for other logs; of this one nothing is signed behind the last.
    const lastOf = (text: string): string | undefined =>
      text.split('\n').findLast((line) => line.includes('records/p0/e0'));
    expect(lastOf(signed)).toBeDefined();
    expect(lastOf(await readFile(state, 'utf8'))).toBe(lastOf(signed));
    expect(await signedSize('records/p0/e0')).toBe(1_200);
  });

  it('are not begun anew by an empty signer: a state that is gone is told of', async () => {
    const state = join(pipeline.folder, 'signer', 'signed.log');
    const signed = await readFile(state);
    await rm(state);
    await expect(pipeline.start()).rejects.toThrow(/SIGNER_STATE/);
    // One that was emptied is told of by what was published.
    await writeFile(state, '');
    const ledger = await pipeline.start();
    await pipeline.append(2, 5);
    await expect(ledger.failed).rejects.toThrow(/LEDGER_SIGNER_STATE/);
    await ledger.stop();
    await writeFile(state, signed);
  });
});

async function rowSums(): Promise<readonly unknown[]> {
  const sql = ['records', 'charges', 'payloads']
    .map(
      (table) => `SELECT '${table}' AS t, count() AS n, sum(leaf_index) AS s FROM waybill.${table}`,
    )
    .join(' UNION ALL ');
  return reader.query({ sql: `SELECT * FROM (${sql}) ORDER BY t` });
}
