import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { openStore } from '../../../record-store/clickhouse.ts';
import { migrate } from '../../../record-store/migrate.ts';
import type { ColumnValue } from '../../../record-store/row-binary.ts';
import { storeUsers } from '../../../record-store/users.ts';
import { registryTable } from '../../../schemas/tables.ts';
import type { TestStore } from '../../support/test-store.ts';
import { startTestStore } from '../../support/test-store.ts';
import { codeOf, testStoreContract } from './store-contract.ts';

testStoreContract('the embedded engine', async () => {
  const embedded = await startTestStore();
  return {
    layout: { kind: 'single' },
    as: async (user) => embedded.as(user),
    elsewhere: async (user) => embedded.as(user),
    migrate: async (migrations) => migrate(await embedded.as('migrator'), migrations),
    destroy: async () => embedded.stop(),
  };
});

describe('the engine', () => {
  let store: TestStore;
  let reader: RecordStore;

  beforeAll(async () => {
    store = await startTestStore();
    reader = await store.as('reader');
  });
  afterAll(async () => store.stop());

  it('keeps each password in a file that only its owner may read, and no password in its own files', () => {
    for (const user of storeUsers) {
      const file = store.engine.credentials[user].passwordFile;
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const password = readFileSync(file, 'utf8').trim();
      expect(password).toMatch(/^[\w-]{43}$/);
      expect(readFileSync(`${store.folder}/store/users.xml`, 'utf8')).not.toContain(password);
    }
  });

  it('refuses a wrong password, and lets the user of its own start do nothing', async () => {
    expect(await codeOf(openedAs('reader', 'wrong').ping())).toBe('STORE_REFUSED');
    const own = openedAs('default', '');
    for (const sql of [
      'SELECT count() FROM waybill.records',
      "SELECT * FROM file('*', LineAsString, 'line String')",
      'SYSTEM STOP LISTEN HTTP',
      'SHOW DATABASES',
      'CREATE TEMPORARY TABLE t (a Int8)',
    ]) {
      expect(await codeOf(own.command(sql)), sql).toBe('STORE_REFUSED');
    }
    await own.close();
  });

  it('keeps every row that was answered for when it is killed, and comes back on its ports', async () => {
    for (let block = 0; block < 20; block += 1) {
      const rows = Array.from({ length: 50 }, (_, at) => registryRow(block, at));
      await store.insert(registryTable, rows, `kill-${block}`);
    }
    process.kill(store.engine.pid() ?? Number.NaN, 'SIGKILL');
    await expect.poll(async () => codeOf(reader.ping()), { timeout: 20_000 }).toBe(undefined);
    const sql = "SELECT count() AS n FROM waybill.registry WHERE kind LIKE 'kill-%'";
    expect(await reader.query({ sql })).toEqual([{ n: 1000 }]);
  });

  function openedAs(username: string, password: string): RecordStore {
    return openStore({ url: store.engine.url, username, password });
  }
});

function registryRow(block: number, at: number): readonly ColumnValue[] {
  return ['t', at, 1_790_000_000_000_000, `kill-${block}`, `id-${at}`, '', '', '', 'active', '{}'];
}
