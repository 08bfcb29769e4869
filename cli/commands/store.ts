import { z } from 'zod';
import type { RecordStore } from '../../record-store/clickhouse.ts';
import { clusterSchema, layoutOf } from '../../record-store/layout.ts';
import type { UserSet } from '../../record-store/user-files.ts';
import type { Command } from '../command.ts';
import { configOptions, configSourceOf } from './role.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { readRoleConfig } from '../role-config.ts';
import type { Terminal } from '../terminal.ts';

const MIB = 1024 * 1024;
const count = (fallback: number, means: string) =>
  z.number().int().min(1).default(fallback).describe(means);
const text = (means: string) => z.string().min(1).describe(means);

/** Every knob of `waybill store`, in the section `store` of the configuration file. */
const storeSchema = z.object({
  servers: z
    .array(z.url({ protocol: /^https?$/ }))
    .min(1)
    .max(256)
    .describe('HTTP addresses: every server of the cluster, replicas too'),
  cluster: clusterSchema.nullable().default(null),
  passwordsFolder: text('clickhouse-<user>.password of each user; made when missing'),
  userPrefix: z
    .string()
    .regex(/^\w{0,32}$/)
    .default('waybill_')
    .describe('before the name of each user'),
  admin: z
    .strictObject({
      username: text('user that may create users and grant').default('default'),
      passwordFile: text('file with its password'),
    })
    .nullable()
    .default(null)
    .describe('null: users are there already'),
  querySecondsMax: count(30, 'seconds a query of who only reads may take'),
  queryMemoryMibMax: count(4096, 'MiB that one query may take'),
  threadsMax: count(8, 'threads of one query'),
});

/** Users, grants and tables of a ClickHouse that is not the embedded one: a server, or a cluster. */
export const storeCommand: Command = {
  name: 'store',
  summary: 'compare a ClickHouse server or cluster with what is needed; --apply makes it so',
  positionals: [],
  options: {
    ...configOptions,
    apply: { type: 'boolean', means: 'make users (with `admin`), databases and tables' },
    sql: { type: 'boolean', means: 'print the statements of one server instead' },
    'users-xml': { type: 'boolean', means: 'print users and profiles for users.d instead' },
  },
  examples: [
    'waybill store --config waybill.yaml',
    'waybill store --config waybill.yaml --apply',
    'waybill store --config waybill.yaml --sql',
  ],
  async run(given, terminal) {
    const config = await readRoleConfig(configSourceOf('store', given, terminal), 'store');
    const parsed = storeSchema.safeParse(config);
    if (!parsed.success) {
      const told = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
      throw new CommandFailure('usage', `waybill store: ${told.join('; ')}.`);
    }
    const { keepPasswords } = await import('../../record-store/passwords.ts');
    const settings = parsed.data;
    const { threadsMax, querySecondsMax, queryMemoryMibMax } = settings;
    const users: UserSet = {
      passwords: await keepPasswords(settings.passwordsFolder),
      limits: { threadsMax, querySecondsMax, queryMemoryBytesMax: queryMemoryMibMax * MIB },
      layout: layoutOf(settings.cluster),
      prefix: settings.userPrefix,
    };
    if (given.flag('sql')) return printSql(users, terminal);
    if (given.flag('users-xml')) return printUsersXml(users, terminal);
    const task = { settings, users, apply: given.flag('apply'), terminal };
    let isRight = true;
    for (const url of settings.servers) isRight = (await treat(task, url)) && isRight;
    return isRight ? exitCodes.ok : exitCodes.failed;
  },
};

type Settings = z.output<typeof storeSchema>;

type Task = {
  readonly settings: Settings;
  readonly users: UserSet;
  readonly apply: boolean;
  readonly terminal: Terminal;
};

/** One server; true when it then has all that is needed. */
async function treat({ settings, users, apply, terminal }: Task, url: string): Promise<boolean> {
  const { readPassword } = await import('../../record-store/passwords.ts');
  const { missingMigrations, migrate } = await import('../../record-store/migrate.ts');
  const { admin, userPrefix } = settings;
  if (apply && admin !== null) {
    const password = await readPassword(admin.passwordFile);
    await asUser(url, { username: admin.username, password }, async (store) => {
      for (const statement of await statementsOfUsers(users)) await store.command(statement);
    });
  }
  const migrator = { username: `${userPrefix}migrator`, password: users.passwords.migrator };
  return asUser(url, migrator, async (store) => {
    if (apply) {
      const applied = await migrate(store, undefined, users.layout);
      terminal.out(`${url}  ${applied.length === 0 ? 'as needed' : `made ${applied.join(', ')}`}`);
      return true;
    }
    const missing = await missingMigrations(store, users.layout);
    terminal.out(`${url}  ${missing.length === 0 ? 'as needed' : `missing ${missing.join(', ')}`}`);
    return missing.length === 0;
  });
}

async function statementsOfUsers(users: UserSet): Promise<readonly string[]> {
  const { userStatements } = await import('../../record-store/user-files.ts');
  return userStatements(users);
}

type SignIn = { readonly username: string; readonly password: string };

async function asUser<T>(
  url: string,
  signIn: SignIn,
  action: (store: RecordStore) => Promise<T>,
): Promise<T> {
  const { openStore } = await import('../../record-store/clickhouse.ts');
  const store = openStore({ url, ...signIn });
  try {
    return await action(store);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(
      'failed',
      `waybill store: ${url} as ${signIn.username}: ${why}`,
      cause,
    );
  } finally {
    await store.close();
  }
}

/** Passwords stand there as digests. */
async function printSql(users: UserSet, terminal: Terminal): Promise<number> {
  const { statementsOfAll } = await import('../../record-store/migrate.ts');
  const tables: readonly string[] = await statementsOfAll(users.layout);
  for (const statement of [...(await statementsOfUsers(users)), ...tables]) {
    terminal.out(`${statement};\n`);
  }
  return exitCodes.ok;
}

async function printUsersXml(users: UserSet, terminal: Terminal): Promise<number> {
  const { userXml } = await import('../../record-store/user-files.ts');
  const { profiles, users: entries } = userXml(users, ['::/0']);
  terminal.out(
    `<clickhouse>\n  <profiles>\n${profiles}\n  </profiles>\n  <users>\n${entries}\n  </users>\n</clickhouse>`,
  );
  return exitCodes.ok;
}
