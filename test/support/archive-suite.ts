import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArchiveConfig } from '../../ledger/archive/archive-config.ts';
import { archiveSchema, buildArchive } from '../../ledger/archive/archive-config.ts';
import type { Archive } from '../../ledger/archive/archive.ts';
import { nameOf } from '../../ledger/archive/range-names.ts';
import type { ArchiveReport } from '../../ledger/archive/verify-archive.ts';
import { verifyArchive } from '../../ledger/archive/verify-archive.ts';
import type { LedgerConfig } from '../../ledger/config.ts';
import type { RecordStore } from '../../record-store/clickhouse.ts';
import { topics } from '../../schemas/topics.ts';
import type { SealedPipeline } from './sealed-pipeline.ts';
import { startSealedPipeline } from './sealed-pipeline.ts';

export const never = new AbortController().signal;
/** Small ranges, so that there are many. */
const small = { everyMs: 100, leavesMax: 64 };

/** What an archive promises, whatever it is kept in. `placeIn` says where, given a folder of the test's own. */
export function describeArchive(
  kept: string,
  placeIn: (folder: string) => Promise<Record<string, unknown>>,
  makePipeline: () => Promise<SealedPipeline> = startSealedPipeline,
): void {
  let pipeline: SealedPipeline;
  let migrator: RecordStore;
  let config: ArchiveConfig;
  let archive: Archive;

  beforeAll(async () => {
    pipeline = await makePipeline();
    migrator = await pipeline.store.as('migrator');
    config = archiveSchema.parse({ ...(await placeIn(pipeline.folder)), ...small });
    archive = await buildArchive(config);
  });
  afterAll(async () => pipeline?.close());

  const archived = async (log: string): Promise<number> =>
    Math.max(0, ...(await archive.list(log, never)).map(({ end }) => end));
  const report = async (): Promise<ArchiveReport> =>
    verifyArchive(
      archive,
      readFileSync(join(pipeline.folder, 'signer', 'policy.txt'), 'utf8'),
      never,
    );
  const run = async (changed: Partial<LedgerConfig>, until: () => Promise<void>) => {
    const ledger = await pipeline.start(changed);
    try {
      await until();
    } finally {
      await ledger.stop();
    }
  };
  const empty = async (table: string): Promise<void> =>
    migrator.command(`ALTER TABLE waybill.${table} DELETE WHERE 1 SETTINGS mutations_sync = 2`);
  const tables = async (): Promise<readonly unknown[]> =>
    migrator.query({
      sql: `SELECT * FROM (
        SELECT 'leaves' AS name, count() AS n, sum(cityHash64(*)) AS sum FROM waybill.leaves WHERE log_id LIKE 'records/%'
        UNION ALL SELECT 'records', count(), sum(cityHash64(*)) FROM waybill.records
        UNION ALL SELECT 'charges', count(), sum(cityHash64(*)) FROM waybill.charges
        UNION ALL SELECT 'payloads', count(), sum(cityHash64(*)) FROM waybill.payloads) ORDER BY name`,
    });

  describe(`an archive in ${kept}`, () => {
    it('gets every sealed range once, up to the signed head, and proves itself', async () => {
      await run({ archive: config }, async () => {
        await pipeline.append(500, 3);
        await expect.poll(async () => archived('records/p0/e0'), { timeout: 30_000 }).toBe(250);
        await expect.poll(async () => archived('records/p1/e0'), { timeout: 30_000 }).toBe(250);
      });
      const ranges = await archive.list('records/p0/e0', never);
      const ends = ranges.map(({ end }) => end);
      expect(ranges.map(({ first }) => first)).toEqual([0, ...ends.slice(0, -1)]);
      expect(ranges.length).toBeGreaterThan(3);
      const { logs, altered, missing } = await report();
      expect([altered, missing]).toEqual([[], []]);
      expect(logs.map(({ log }) => log)).toContain('meta/e0');
    });

    it('lets the log drop what is archived and nothing else', async () => {
      await run({ archive: { ...config, logKeepsHours: 0 } }, async () => {
        const start = async () => (await pipeline.log.range(topics.records, 0)).start;
        await expect.poll(start, { timeout: 30_000 }).toBe(250);
      });
      // Nothing archives these, so that they stay.
      await run({}, async () => {
        await pipeline.append(100, 4);
        const sealed = async () =>
          (await pipeline.log.inspect('ledger', 0)).position(topics.records, 0);
        await expect.poll(sealed, { timeout: 30_000 }).toBe(300);
      });
      await pipeline.log.trim(topics.records, Date.now() + 1_000, ['ledger', 'ledger-archive']);
      expect(await pipeline.log.range(topics.records, 0)).toEqual({ start: 250, end: 300 });
    });

    it.each(['once', 'and once more'])(
      'gives a store that was lost its records back, each once, what the log still has from there: %s',
      async () => {
        const before = await tables();
        for (const table of ['leaves', 'records', 'charges', 'payloads', 'nodes', 'checkpoints']) {
          await empty(table);
        }
        await run({ archive: config }, async () => {
          await expect.poll(tables, { timeout: 60_000 }).toEqual(before);
        });
        expect((await report()).altered).toEqual([]);
      },
    );

    it('is asked for where it is not configured', async () => {
      await empty('leaves');
      const ledger = await pipeline.start();
      await expect(ledger.failed).rejects.toMatchObject({ code: 'LEDGER_STORE_SHORT' });
      await ledger.stop();
    });

    it('keeps the other history of a log that went on otherwise', async () => {
      const [first] = await archive.list('records/p0/e0', never);
      if (first === undefined) throw new Error('nothing is archived');
      const other = { ...first, after: 'ab'.repeat(8) };
      const plain = await archive.get(nameOf(first), never);
      expect(await archive.putOnce(nameOf(other), plain ?? Buffer.alloc(0), never)).toBe(true);
      expect(await archive.putOnce(nameOf(other), Buffer.alloc(1), never)).toBe(false);
      const { altered } = await report();
      // It is no range that was sealed, and said to be none; the other is as it was.
      expect(altered.map(({ name }) => name)).toEqual([nameOf(other)]);
    });
  });
}
