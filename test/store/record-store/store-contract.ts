import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateRecords, revise } from '../../../bench/generated-records.ts';
import type { Blocks } from '../../../ledger/rows.ts';
import { addRecordRows, newBlocks } from '../../../ledger/rows.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { StoreError } from '../../../record-store/errors.ts';
import type { StoreLayout } from '../../../record-store/layout.ts';
import { rowsDatabase } from '../../../record-store/layout.ts';
import type { Migration } from '../../../record-store/migrate.ts';
import { readMigrations } from '../../../record-store/migrate.ts';
import { RowBlock } from '../../../record-store/row-binary.ts';
import type { StoreUser } from '../../../record-store/users.ts';
import type { AuditRecord } from '../../../schemas/record-types.ts';
import { registryTable, tables } from '../../../schemas/tables.ts';

/** A migrated store of one kind. */
export type StorePlace = {
  readonly layout: StoreLayout;
  as(user: StoreUser): Promise<RecordStore>;
  /** The same as another of its servers shows it; the same server where there is one. */
  elsewhere(user: StoreUser): Promise<RecordStore>;
  /** Migrates all its servers; gives what was applied. */
  migrate(migrations?: readonly Migration[]): Promise<readonly string[]>;
  destroy(): Promise<void>;
};

const plan = {
  seed: 5,
  startUs: 1_790_000_000_000_000,
  stepUs: 1_000,
  revisedOneIn: 10,
  payloadChars: 60,
};

/** What every store of ours keeps to, whatever its servers and however its tables lie. */
export function testStoreContract(
  name: string,
  createPlace: () => Promise<StorePlace>,
  more: (place: () => StorePlace) => void = () => undefined,
): void {
  describe(name, () => {
    let place: StorePlace;
    let writer: RecordStore;
    let reader: RecordStore;
    let elsewhere: RecordStore;
    let eraser: RecordStore;
    let dashboard: RecordStore;
    let auditor: RecordStore;
    let migrator: RecordStore;

    beforeAll(async () => {
      place = await createPlace();
      writer = await place.as('writer');
      reader = await place.as('reader');
      elsewhere = await place.elsewhere('reader');
      eraser = await place.as('eraser');
      dashboard = await place.as('dashboard');
      auditor = await place.as('auditor');
      migrator = await place.as('migrator');
    });
    afterAll(async () => place.destroy());
    more(() => place);

    describe('migrations', () => {
      it('are applied once each', async () => {
        expect(await place.migrate()).toEqual([]);
        const names = (await readMigrations()).map(({ name }) => name);
        const applied = await reader.query({
          sql: "SELECT name FROM waybill.migrations WHERE name != 'layout' ORDER BY name",
        });
        expect(applied).toEqual(names.map((name) => ({ name })));
      });

      it('are refused when an applied one was edited', async () => {
        const [first] = await readMigrations();
        const edited = first ? [{ ...first, digest: '0'.repeat(64) }] : [];
        expect(await codeOf(place.migrate(edited))).toBe('STORE_MIGRATION_CHANGED');
      });

      it.each(tables)(
        'give table $name the columns that the schemas name',
        async ({ name, columns }) => {
          const sql = `SELECT name, type FROM system.columns WHERE database = 'waybill' AND table = {name:String}
          ORDER BY position`;
          expect(await migrator.query({ sql, params: { name } })).toEqual(columns);
        },
      );

      it.each(tables)(
        'make $name a plain MergeTree that syncs its inserts and remembers its blocks',
        async ({ name }) => {
          const sql = `SELECT engine, engine_full FROM system.tables
            WHERE database = {database:String} AND name = {name:String}`;
          const [row] = await migrator.query<{ engine: string; engine_full: string }>({
            sql,
            params: { database: rowsDatabase(place.layout), name },
          });
          expect(row?.engine).toBe('MergeTree');
          expect(row?.engine_full).toContain('fsync_after_insert = 1, fsync_part_directory = 1');
          expect(row?.engine_full).toContain('non_replicated_deduplication_window = 10000');
        },
      );
    });

    describe('grants', () => {
      const changes = [
        "ALTER TABLE waybill.leaves DELETE WHERE log_id = ''",
        "ALTER TABLE waybill.records UPDATE user = '' WHERE 1",
        'DELETE FROM waybill.records WHERE 1',
        'TRUNCATE TABLE waybill.leaves',
        'DROP TABLE waybill.leaves',
        "ALTER TABLE waybill.records DROP PARTITION '202601'",
        'ALTER TABLE waybill.records DETACH PARTITION ALL',
        'OPTIMIZE TABLE waybill.records FINAL',
        'RENAME TABLE waybill.leaves TO waybill.gone',
        'CREATE TABLE waybill.mine (a Int8) ENGINE = MergeTree ORDER BY a',
        'ALTER TABLE waybill.records MODIFY TTL time + INTERVAL 1 DAY',
        'SYSTEM STOP MERGES waybill.records',
        'SELECT * FROM system.users',
        "SELECT * FROM file('/etc/passwd', LineAsString, 'line String')",
        "SELECT * FROM url('http://127.0.0.1:1/', LineAsString, 'line String')",
      ];

      it('let no running role change or remove a row, or read beyond its database', async () => {
        const own = rowsDatabase(place.layout);
        const all = new Set([
          ...changes,
          ...changes.map((sql) => sql.replace('waybill.', `${own}.`)),
        ]);
        for (const user of [writer, reader, dashboard]) {
          for (const sql of all) expect(await codeOf(user.command(sql)), sql).toBe('STORE_REFUSED');
        }
      });

      it('let the auditor see who may do what, and change nothing', async () => {
        for (const sql of changes.filter((change) => !change.includes('system.users'))) {
          expect(await codeOf(auditor.command(sql)), sql).toBe('STORE_REFUSED');
        }
        for (const table of ['mutations', 'grants']) {
          const sql = `SELECT count() AS n FROM system.${table}`;
          expect(await codeOf(auditor.query({ sql })), table).toBe(undefined);
          expect(await codeOf(reader.query({ sql })), table).not.toBe(undefined);
        }
      });

      it('let the eraser delete payloads and nothing else', async () => {
        const own = rowsDatabase(place.layout);
        const payloads = `ALTER TABLE ${own}.payloads DELETE WHERE tenant = 'nobody' SETTINGS mutations_sync = 2`;
        expect(await codeOf(eraser.command(payloads))).toBe(undefined);
        for (const sql of [
          ...changes.filter((change) => !change.includes('system.')),
          ...tables
            .filter(({ name }) => name !== 'payloads')
            .map(({ name }) => `ALTER TABLE ${own}.${name} DELETE WHERE 1`),
          `ALTER TABLE ${own}.payloads UPDATE value = '' WHERE 1`,
          `INSERT INTO ${own}.payloads (tenant) VALUES ('nobody')`,
        ]) {
          expect(await codeOf(eraser.command(sql)), sql).toBe('STORE_REFUSED');
        }
      });

      it('let only the writer insert', async () => {
        await insertRegistry('granted', 1);
        for (const user of [reader, auditor, dashboard]) {
          const insert = user.insertRows(registryTable, registryBlock('refused', 1), {
            token: 'refused',
          });
          expect(await codeOf(insert)).toBe('STORE_REFUSED');
        }
      });

      it('keep payloads and leaves from dashboards', async () => {
        for (const table of ['payloads', 'leaves']) {
          const sql = `SELECT * FROM waybill.${table} LIMIT 1`;
          expect(await codeOf(dashboard.query({ sql })), table).toBe('STORE_REFUSED');
          expect(await codeOf(reader.query({ sql })), table).toBe(undefined);
        }
        for (const table of [
          'records',
          'charges',
          'registry',
          'current_records',
          'charges_by_day',
        ]) {
          expect(
            await codeOf(dashboard.query({ sql: `SELECT * FROM waybill.${table} LIMIT 1` })),
            table,
          ).toBe(undefined);
        }
      });

      it('hold a reader to its limits', async () => {
        const sql = 'SELECT 1';
        expect(await codeOf(reader.query({ sql, timeoutMsMax: 50_000 }))).toBe(undefined);
        expect(await codeOf(reader.query({ sql, timeoutMsMax: 500_000 }))).toBe('STORE_REFUSED');
        const settings = [
          'readonly = 0',
          'max_memory_usage = 0',
          'optimize_use_implicit_projections = 1',
        ];
        for (const setting of settings) {
          expect(await codeOf(reader.query({ sql: `SELECT 1 SETTINGS ${setting}` })), setting).toBe(
            'STORE_REFUSED',
          );
        }
      });

      it('end a query that takes too long', async () => {
        const sql = 'SELECT sum(sipHash64(number)) AS n FROM system.numbers';
        expect(await codeOf(migrator.query({ sql, timeoutMsMax: 1_000 }))).toBe('STORE_TIMED_OUT');
      });
    });

    describe('rows', () => {
      it('come back as they were written, in every column type', async () => {
        const [row] = generateRecords({ ...plan, count: 1, tenants: ['types'] });
        if (!row) throw new Error('a record was expected');
        const facts = {
          ...row.facts,
          tool: 'ünï 😀 "quoted"\n',
          resource: 'x'.repeat(40_000),
          roles: ['a', '', 'ß'],
          bytesIn: null,
          bytesOut: -1,
          costNano: Number.MAX_SAFE_INTEGER,
          configVersion: -1,
          agentDepth: 255,
          timeUs: 1_790_000_000_123_456,
        };
        const blocks = newBlocks();
        const salt = Buffer.alloc(32, 0xcd);
        addRecordRows(
          blocks,
          { log: 'types', index: 2 ** 40 },
          { ...row, revision: 65_535, facts },
          row.payload.map(({ name, value }) => ({ name, value, salt, commitment: null })),
        );
        await insertBlocks(blocks, 'types');
        const sql = `SELECT leaf_index, sign, revision, lower(hex(call_id)) AS call, tool, length(resource) AS resource,
          roles, bytes_in, bytes_out, cost_nano, config_version, agent_depth, toUnixTimestamp64Micro(time) AS time,
          lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, team = '' AS no_team, purpose = '' AS no_purpose
          FROM waybill.records WHERE log_id = 'types'`;
        expect(await reader.query({ sql })).toEqual([
          {
            leaf_index: 2 ** 40,
            sign: 1,
            revision: 65_535,
            call: row.callId,
            tool: 'ünï 😀 "quoted"\n',
            resource: 40_000,
            roles: ['a', '', 'ß'],
            bytes_in: null,
            bytes_out: -1,
            cost_nano: Number.MAX_SAFE_INTEGER,
            config_version: -1,
            agent_depth: 255,
            time: 1_790_000_000_123_456,
            trace: row.facts.traceId,
            span: row.facts.spanId,
            no_team: 0,
            no_purpose: 1,
          },
        ]);
        const payload =
          "SELECT field, value, lower(hex(salt)) AS salt FROM waybill.payloads WHERE log_id = 'types'";
        expect(await reader.query({ sql: payload })).toEqual(
          row.payload.map((field) => ({
            field: field.name,
            value: Buffer.from(field.value).toString(),
            salt: 'cd'.repeat(32),
          })),
        );
      });

      it('are there for whoever asks as soon as they are answered for, by whichever way they went in', async () => {
        for (let round = 0; round < 10; round += 1) {
          await insertRegistry(`at-once-${round}`, 2);
          const sql = `SELECT count() AS n FROM waybill.registry WHERE kind = 'at-once-${round}'`;
          const [row] = await elsewhere.query<{ n: number }>({ sql });
          expect(row?.n).toBe(2);
        }
      });

      it('are dropped when their token was seen, and taken under another', async () => {
        const block = registryBlock('token', 3);
        for (const token of ['one', 'one', 'two'])
          await writer.insertRows(registryTable, block, { token });
        expect(await count("SELECT count() AS n FROM waybill.registry WHERE kind = 'token'")).toBe(
          6,
        );
      });

      it('are refused as a whole when the bytes are no rows', async () => {
        const cut = registryBlock('cut', 3).subarray(0, -1);
        expect(await codeOf(writer.insertRows(registryTable, cut, { token: 'cut' }))).toBe(
          'STORE_QUERY_WRONG',
        );
        expect(await count("SELECT count() AS n FROM waybill.registry WHERE kind = 'cut'")).toBe(0);
      });
    });

    describe('sums', () => {
      const tenant = 'sums';
      const records = withSecondRevisions(
        generateRecords({ ...plan, count: 4_000, tenants: [tenant] }),
      );
      const current = currentOf(records);

      beforeAll(async () => {
        const blocks = newBlocks();
        for (const [index, record] of records.entries()) {
          addRecordRows(blocks, { log: 'sums', index }, record, []);
        }
        await insertBlocks(blocks, 'sums');
      });

      it('of signs count current records under any filter, one in ten revised and some twice', async () => {
        const total = await count(
          `SELECT sum(sign) AS n FROM waybill.records WHERE tenant = '${tenant}'`,
        );
        expect(total).toBe(current.length);
        const sql = `SELECT user, sum(sign) AS n FROM waybill.records WHERE tenant = '${tenant}' GROUP BY user HAVING n != 0`;
        const rows = await reader.query<{ user: string; n: number }>({ sql });
        expect(new Map(rows.map(({ user, n }) => [user, n]))).toEqual(
          countBy(current, ({ facts }) => facts.user ?? ''),
        );
      });

      it('of signs are right as of any leaf before', async () => {
        for (const end of [1, 500, 2_222, 3_999]) {
          const sql = `SELECT sum(sign) AS n FROM waybill.records WHERE tenant = '${tenant}' AND leaf_index < ${end}`;
          expect(await count(sql)).toBe(currentOf(records.slice(0, end)).length);
        }
      });

      it('find nothing under a user who is no longer the caller', async () => {
        const revised = records.find(
          ({ supersedes, facts }) => supersedes && supersedes.facts.user !== facts.user,
        );
        const before = revised?.supersedes?.facts;
        const sql = `SELECT sum(sign) AS n FROM waybill.records
          WHERE tenant = {tenant:String} AND user = {user:String} AND trace_id = unhex({trace:String})`;
        const params = { tenant, user: before?.user, trace: before?.traceId };
        const [row] = await reader.query<{ n: number }>({ sql, params });
        expect(row?.n).toBe(0);
      });

      it('of money take back what a revision replaced', async () => {
        const sql = `SELECT toString(sum(sign * amount_nano)) AS n FROM waybill.charges WHERE tenant = '${tenant}'`;
        const [row] = await reader.query<{ n: string }>({ sql });
        const nano = current
          .flatMap(({ charges }) => charges)
          .reduce((sum, { amountNano }) => sum + (amountNano ?? 0), 0);
        expect(row?.n).toBe(String(nano));
      });

      it('agree with rows counted one by one, so that no count is answered from a projection alone', async () => {
        const window = `FROM waybill.records WHERE tenant = '${tenant}'
          AND time >= fromUnixTimestamp64Micro(${plan.startUs + 500_000}) AND time < fromUnixTimestamp64Micro(${plan.startUs + 2_000_000})`;
        const rows = await reader.query({ sql: `SELECT leaf_index ${window}` });
        expect(rows.length).toBeGreaterThan(100);
        expect(await count(`SELECT count() AS n ${window}`)).toBe(rows.length);
        expect(await count(`SELECT sum(1) AS n ${window}`)).toBe(rows.length);
      });

      it('are what the view of current records shows', async () => {
        const sql = `SELECT lower(hex(call_id)) AS call, revision FROM waybill.current_records WHERE tenant = '${tenant}' ORDER BY call`;
        const told = current.map(({ callId, revision }) => ({ call: callId, revision }));
        expect(await reader.query({ sql })).toEqual(
          told.toSorted((a, b) => (a.call < b.call ? -1 : 1)),
        );
      });

      it('leave out a call that proved to be another', async () => {
        const [first] = generateRecords({ ...plan, seed: 99, count: 1, tenants: ['merged'] });
        if (!first) throw new Error('a record was expected');
        const merged: AuditRecord = {
          ...revise(first, false),
          change: 'merged_into',
          mergedInto: 'f'.repeat(32),
        };
        const blocks = newBlocks();
        addRecordRows(blocks, { log: 'merged', index: 0 }, first, []);
        addRecordRows(blocks, { log: 'merged', index: 1 }, merged, []);
        await insertBlocks(blocks, 'merged');
        expect(
          await count("SELECT sum(sign) AS n FROM waybill.records WHERE tenant = 'merged'"),
        ).toBe(0);
        expect(
          await count("SELECT sum(sign) AS n FROM waybill.charges WHERE tenant = 'merged'"),
        ).toBe(0);
      });
    });

    async function insertBlocks(blocks: Blocks, token: string): Promise<void> {
      for (const block of Object.values(blocks)) {
        if (block.rows > 0) await writer.insertRows(block.table, block.bytes(), { token });
      }
    }

    async function insertRegistry(kind: string, rows: number): Promise<void> {
      await writer.insertRows(registryTable, registryBlock(kind, rows), { token: kind });
    }

    function registryBlock(kind: string, rows: number): Buffer {
      const block = new RowBlock(registryTable);
      for (let index = 0; index < rows; index += 1) {
        block.add([
          't',
          index,
          plan.startUs,
          kind,
          `id-${index}`,
          'name',
          'team',
          'owner',
          'active',
          '{}',
        ]);
      }
      return block.bytes();
    }

    async function count(sql: string): Promise<number | undefined> {
      const [row] = await reader.query<{ n: number }>({ sql });
      return row?.n;
    }
  });
}

/** Every third revised record is revised once more. */
function withSecondRevisions(records: readonly AuditRecord[]): readonly AuditRecord[] {
  const again = records.filter(({ supersedes }, index) => supersedes && index % 3 === 0);
  return [...records, ...again.map((record) => revise(record, true))];
}

function currentOf(records: readonly AuditRecord[]): readonly AuditRecord[] {
  return [...new Map(records.map((record) => [record.callId, record])).values()];
}

function countBy(
  records: readonly AuditRecord[],
  key: (record: AuditRecord) => string,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const record of records) counts.set(key(record), (counts.get(key(record)) ?? 0) + 1);
  return counts;
}

export async function codeOf(action: Promise<unknown>): Promise<string | undefined> {
  try {
    await action;
    return undefined;
  } catch (error) {
    if (error instanceof StoreError) return error.code;
    throw error;
  }
}
