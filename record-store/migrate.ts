import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordStore } from './clickhouse.ts';
import { StoreError } from './errors.ts';

export type Migration = {
  /** `0001-tables`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 in hex of the text. */
  readonly digest: string;
};

/**
 * Applies what is not applied yet, in order, and records it in `waybill.migrations`. The store's user must be the migrator. Gives the names of
 * what it applied. Safe to repeat after a crash, since every statement is written to be (`IF NOT EXISTS`); not safe twice at once.
 */
export async function migrate(
  store: RecordStore,
  migrations?: readonly Migration[],
): Promise<readonly string[]> {
  await store.command('CREATE DATABASE IF NOT EXISTS waybill');
  await store.command(MIGRATIONS_TABLE);
  const applied = await appliedDigests(store);
  const done: string[] = [];
  for (const { name, sql, digest } of migrations ?? (await readMigrations())) {
    const before = applied.get(name);
    if (before === digest) continue;
    if (before !== undefined) throw new StoreError('STORE_MIGRATION_CHANGED', name);
    for (const statement of statementsOf(sql)) await store.command(statement);
    await store.command(
      `INSERT INTO waybill.migrations (name, digest) VALUES ('${name}', '${digest}')`,
    );
    done.push(name);
  }
  return done;
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

/** A statement ends with a semicolon at the end of a line. */
function statementsOf(sql: string): readonly string[] {
  return sql
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
