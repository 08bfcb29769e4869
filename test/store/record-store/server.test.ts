import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { run } from '../../../cli/main.ts';
import { paintFor } from '../../../cli/render/paint.ts';
import type { StoreLayout } from '../../../record-store/layout.ts';
import { migrate, statementsOfAll } from '../../../record-store/migrate.ts';
import { userStatements } from '../../../record-store/user-files.ts';
import type { ClickHouseServers } from '../../support/clickhouse-servers.ts';
import { startClickHouseServers } from '../../support/clickhouse-servers.ts';
import type { StorePlace } from './store-contract.ts';
import { codeOf, testStoreContract } from './store-contract.ts';

const single = { kind: 'single' } as const;
const twoShards = { kind: 'cluster', cluster: 'two', replicated: false } as const;
const replicas = { ...twoShards, replicated: true } as const;

testStoreContract('a ClickHouse server of its own', () => migrated(1, single));
testStoreContract('two shards', () => migrated(2, twoShards));

async function migrated(count: number, layout: StoreLayout): Promise<StorePlace> {
  const servers = await startClickHouseServers(count, layout);
  await servers.migrate();
  return {
    layout,
    as: async (user) => servers.as(user),
    elsewhere: async (user) => servers.as(user, -1),
    migrate: async (migrations) => servers.migrate(migrations),
    destroy: async () => servers.stop(),
  };
}

describe('waybill store', () => {
  it('tells what is missing on each server, makes it, and is then content', async () => {
    const servers = await startClickHouseServers(2, twoShards);
    const cluster = { name: 'two' };
    const before = await store(servers, { cluster });
    expect(before.code).toBe(1);
    for (const url of servers.urls) expect(before.text).toMatch(`${url}  missing 0001-tables, `);
    const made = await store(servers, { cluster }, '--apply');
    expect(made).toMatchObject({ code: 0 });
    expect(made.text).toMatch('made 0001-tables, ');
    const after = await store(servers, { cluster });
    expect(after).toEqual({
      code: 0,
      text: servers.urls.map((url) => `${url}  as needed`).join('\n'),
    });
    const other = await store(servers, { cluster: null });
    expect(other).toMatchObject({ code: 1 });
    expect(other.text).toMatch('STORE_LAYOUT_CHANGED');
    await servers.stop();
  });

  it('says so where users lie in files, where nobody answers, and where it is told nonsense', async () => {
    const servers = await startClickHouseServers(1, single);
    const passwordFile = join(servers.folder, 'admin.password');
    writeFileSync(passwordFile, servers.admin.password);
    const admin = { username: servers.admin.username, passwordFile };
    const users = await store(servers, { admin }, '--apply');
    expect(users).toMatchObject({ code: 1 });
    expect(users.text).toMatch('STORE_USERS_IN_FILES');
    await servers.kill(0);
    expect((await store(servers, {})).text).toMatch('STORE_UNREACHABLE');
    for (const wrong of [
      { servers: [] },
      { servers: ['clickhouse:8123'] },
      { cluster: { name: "x'" } },
      { userPrefix: '`' },
    ]) {
      expect(await store(servers, wrong), JSON.stringify(wrong)).toMatchObject({ code: 2 });
    }
    await servers.stop();
  });

  async function store(servers: ClickHouseServers, settings: object, ...more: string[]) {
    const file = join(servers.folder, 'waybill.yaml');
    const own = { servers: servers.urls, passwordsFolder: servers.keysFolder, ...settings };
    writeFileSync(file, stringify({ store: own }));
    const said: string[] = [];
    const terminal = {
      out: (line: string) => void said.push(line),
      note: (line: string) => void said.push(line),
      progress: () => undefined,
      paint: paintFor(false),
      environment: {},
    };
    const code = await run(['store', '--config', file, ...more], terminal);
    return { code, text: said.join('\n') };
  }
});

describe('statements', () => {
  const [writer, reader, eraser, auditor, dashboard, migrator] = ['a', 'b', 'c', 'f', 'd', 'e'];
  const passwords = { writer, reader, eraser, auditor, dashboard, migrator };
  const limits = { queryMemoryBytesMax: 1024 ** 3, querySecondsMax: 30, threadsMax: 2 };

  // What of them this engine cannot carry out, its parser reads: users it keeps in files only, and replication it lacks.
  it.each([single, twoShards, replicas])('of layout %j are read by ClickHouse', async (layout) => {
    const servers = await startClickHouseServers(1, single);
    const migrator = await servers.as('migrator');
    const users = userStatements({ passwords, limits, layout, prefix: 'waybill_' });
    const tables = await statementsOfAll(layout);
    for (const statement of [...users, ...tables]) {
      const read = { sql: 'SELECT formatQuery({statement:String})', params: { statement } };
      expect(await codeOf(migrator.query(read)), statement).toBe(undefined);
    }
    await servers.stop();
  });

  it('of replicas name a replica’s place and remember tokens together; none is a plain table', async () => {
    const tables = (await statementsOfAll(replicas)).filter((text) => /^ENGINE = /m.test(text));
    const shards = tables.filter((text) =>
      text.includes('CREATE TABLE IF NOT EXISTS waybill_shard.'),
    );
    expect(shards).toHaveLength(8);
    for (const text of shards) {
      const name = /waybill_shard\.(\w+)/.exec(text)?.[1];
      expect(text).toContain(
        `ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/waybill_shard/${name}', '{replica}')`,
      );
      expect(text).toContain(' replicated_deduplication_window = 10000');
      expect(text).not.toContain('non_replicated');
    }
  });

  it('of a store that lies otherwise are refused', async () => {
    const servers = await startClickHouseServers(1, single);
    await servers.migrate();
    const migrator = await servers.as('migrator');
    expect(await codeOf(migrate(migrator, undefined, twoShards))).toBe('STORE_LAYOUT_CHANGED');
    await servers.stop();
  });
});
