import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordStore } from './clickhouse.ts';
import { StoreError } from './errors.ts';
import type { StoreLayout } from './layout.ts';
import { FRONT, SHARD, layOut, layoutName } from './layout.ts';

export type Migration = {
  /** `0001-tables`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 in hex of the text. */
  readonly digest: string;
};

/**
 * Applies what is not applied yet, in order, and records it in `waybill.migrations` of that server; each server of a cluster is migrated for
 * itself. The store's user must be the migrator. Gives the names of what it applied. Safe to repeat after a crash, since every statement is
 * written to be (`IF NOT EXISTS`); not safe twice at once. Throws `STORE_LAYOUT_CHANGED`, `STORE_MIGRATION_CHANGED`.
 */
export async function migrate(
  store: RecordStore,
  migrations?: readonly Migration[],
  layout: StoreLayout = { kind: 'single' },
): Promise<readonly string[]> {
  await store.command(`CREATE DATABASE IF NOT EXISTS ${FRONT}`);
  await store.command(MIGRATIONS_TABLE);
  const applied = await appliedDigests(store);
  await keepLayout(store, applied, layoutName(layout));
  if (layout.kind === 'cluster') await store.command(`CREATE DATABASE IF NOT EXISTS ${SHARD}`);
  const done: string[] = [];
  for (const { name, sql, digest } of migrations ?? (await readMigrations())) {
    const before = applied.get(name);
    if (before === digest) continue;
    if (before !== undefined) throw new StoreError('STORE_MIGRATION_CHANGED', name);
    for (const statement of statementsOf(sql)) {
      for (const one of layOut(statement, layout)) await store.command(one);
    }
    await note(store, name, digest);
    done.push(name);
  }
  return done;
}

/** Names of what is not applied yet. Changes nothing. Throws as `migrate` does. */
export async function missingMigrations(
  store: RecordStore,
  layout: StoreLayout,
): Promise<readonly string[]> {
  const sql =
    "SELECT count() AS n FROM system.tables WHERE database = 'waybill' AND name = 'migrations'";
  const [table] = await store.query<{ n: number }>({ sql });
  const applied = table?.n ? await appliedDigests(store) : new Map<string, string>();
  refuseOther(applied, layoutName(layout));
  const missing: string[] = [];
  for (const { name, digest } of await readMigrations()) {
    const before = applied.get(name);
    if (before === undefined) missing.push(name);
    else if (before !== digest) throw new StoreError('STORE_MIGRATION_CHANGED', name);
  }
  return missing;
}

/** All statements of an empty server, in order. */
export async function statementsOfAll(layout: StoreLayout): Promise<readonly string[]> {
  const migrations = await readMigrations();
  const laidOut = migrations.flatMap(({ sql }) =>
    statementsOf(sql).flatMap((statement) => layOut(statement, layout)),
  );
  const databases = layout.kind === 'single' ? [FRONT] : [FRONT, SHARD];
  const first = databases.map((database) => `CREATE DATABASE IF NOT EXISTS ${database}`);
  return [...first, MIGRATIONS_TABLE.trim(), ...laidOut];
}

export async function readMigrations(
  folder = join(import.meta.dirname, 'migrations'),
): Promise<readonly Migration[]> {
  const files = (await readdir(folder))
    .filter((file) => /^\d{4}-[a-z0-9-]+\.sql$/.test(file))
    .sort();
  return Promise.all(
    files.map(async (file) => {
      const sql = await readFile(join(folder, file), 'utf8');
      const digest = createHash('sha256').update(sql).digest('hex');
      return { name: file.replace('.sql', ''), sql, digest };
    }),
  );
}

const MIGRATIONS_TABLE = `
CREATE TABLE IF NOT EXISTS waybill.migrations
(
  name String,
  digest String,
  applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`;

async function appliedDigests(store: RecordStore): Promise<ReadonlyMap<string, string>> {
  const sql = 'SELECT name, digest FROM waybill.migrations';
  const rows = await store.query<{ name: string; digest: string }>({ sql });
  return new Map(rows.map(({ name, digest }) => [name, digest]));
}

async function note(store: RecordStore, name: string, digest: string): Promise<void> {
  await store.command(
    `INSERT INTO waybill.migrations (name, digest) VALUES ('${name}', '${digest}')`,
  );
}

/** Tables that lie one way are not made to lie another way by migrations. A store without the note is of one server. */
async function keepLayout(
  store: RecordStore,
  applied: ReadonlyMap<string, string>,
  name: string,
): Promise<void> {
  refuseOther(applied, name);
  if (applied.size === 0 && name !== 'single') await note(store, 'layout', name);
}

function refuseOther(applied: ReadonlyMap<string, string>, name: string): void {
  const before = applied.get('layout') ?? (applied.size > 0 ? 'single' : name);
  if (before === name) return;
  throw new StoreError('STORE_LAYOUT_CHANGED', `${before} is there, ${name} is asked for`);
}

/** A statement ends with a semicolon at the end of a line. */
function statementsOf(sql: string): readonly string[] {
  return sql
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
