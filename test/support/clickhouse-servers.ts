import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordStore } from '../../record-store/clickhouse.ts';
import { openStore } from '../../record-store/clickhouse.ts';
import type { RunningEngine } from '../../record-store/engine.ts';
import { credentialsIn } from '../../record-store/engine.ts';
import type { StoreLayout } from '../../record-store/layout.ts';
import { keepPasswords } from '../../record-store/passwords.ts';
import type { Migration } from '../../record-store/migrate.ts';
import { migrate } from '../../record-store/migrate.ts';
import { userXml } from '../../record-store/user-files.ts';
import type { StoreUser } from '../../record-store/users.ts';

/** ClickHouse processes that are not ours: configuration, users and ports as an administrator would give them. */
export type ClickHouseServers = {
  /** One a server, in the order of the shards. */
  readonly urls: readonly string[];
  /** Files `clickhouse-<user>.password`. */
  readonly keysFolder: string;
  readonly prefix: string;
  readonly folder: string;
  /** The first server, as a role is told of it. */
  readonly engine: Pick<RunningEngine, 'url' | 'credentials'>;
  as(user: StoreUser, server?: number): Promise<RecordStore>;
  /** Migrates each server; gives what was applied. */
  migrate(migrations?: readonly Migration[]): Promise<readonly string[]>;
  readonly admin: { readonly username: string; readonly password: string };
  /** Ends one as a power cut would; it is gone until it is started again, on its ports. */
  kill(server: number): Promise<void>;
  start(server: number): Promise<void>;
  stop(): Promise<void>;
};

const READY_WAIT_MS_MAX = 30_000;
const PREFIX = 'waybill_';
const ADMIN = { username: 'admin', password: 'an administrator’s own' } as const;

/**
 * The engine of the npm package `chdb` with ClickHouse's own ports, as many processes as wanted, as one cluster named `two` where there are more than one. Users
 * come from files: this engine cannot create any.
 */
export async function startClickHouseServers(
  count: number,
  layout: StoreLayout,
): Promise<ClickHouseServers> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-clickhouse-'));
  const keysFolder = join(folder, 'keys');
  const passwords = await keepPasswords(keysFolder);
  const places = await Promise.all(
    Array.from({ length: count }, async (_, at): Promise<Place> => {
      const [http, tcp] = [await freePort(), await freePort()];
      return { folder: join(folder, `server-${at}`), http, tcp };
    }),
  );
  const limits = { queryMemoryBytesMax: 1024 ** 3, querySecondsMax: 30, threadsMax: 2 };
  const { profiles, users } = userXml({ passwords, limits, layout, prefix: PREFIX }, ['127.0.0.1']);
  for (const place of places) {
    await mkdir(join(place.folder, 'data'), { recursive: true });
    await writeFile(join(place.folder, 'users.xml'), usersXml(profiles, users));
    await writeFile(join(place.folder, 'config.xml'), configXml(place, places));
  }
  const running = await Promise.all(places.map(startOne));
  const kill = async (server: number): Promise<void> => {
    const child = running[server];
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  const urls = places.map(urlOf);
  const opened: RecordStore[] = [];
  const as = async (user: StoreUser, server = 0): Promise<RecordStore> => {
    const username = `${PREFIX}${user}`;
    const store = openStore({ url: urls.at(server) ?? '', username, password: passwords[user] });
    opened.push(store);
    return store;
  };
  return {
    urls,
    keysFolder,
    prefix: PREFIX,
    folder,
    engine: { url: urls[0] ?? '', credentials: credentialsIn(keysFolder, PREFIX) },
    as,
    migrate: async (migrations) => {
      const applied: string[] = [];
      for (const server of urls.keys()) {
        applied.push(...(await migrate(await as('migrator', server), migrations, layout)));
      }
      return applied;
    },
    admin: ADMIN,
    kill,
    start: async (server) => {
      const place = places[server];
      if (place) running[server] = await startOne(place);
    },
    stop: async () => {
      await Promise.all(opened.map(async (store) => store.close()));
      await Promise.all(running.map(async (_, server) => kill(server)));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Place = { readonly folder: string; readonly http: number; readonly tcp: number };

function urlOf({ http }: Place): string {
  return `http://127.0.0.1:${http}`;
}

async function startOne(place: Place): Promise<ChildProcess> {
  const script = new URL('../../record-store/engine-process.ts', import.meta.url).pathname;
  const { folder, http, tcp } = place;
  const child = spawn(process.execPath, [script, folder, String(http), String(tcp)], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { TZ: 'UTC' },
  });
  let said = '';
  child.stderr
    ?.setEncoding('utf8')
    .on('data', (text: string) => (said = (said + text).slice(-4000)));
  const store = openStore({ url: urlOf(place), ...ADMIN });
  const deadline = Date.now() + READY_WAIT_MS_MAX;
  try {
    while (Date.now() < deadline && child.exitCode === null) {
      const answers = await store.ping().then(
        () => true,
        () => false,
      );
      if (answers) return child;
      await sleep(50);
    }
  } finally {
    await store.close();
  }
  child.kill('SIGKILL');
  throw new Error(`ClickHouse did not start in ${folder}: ${said}`);
}

/** `secret`: a shard is asked in the name of the user who asks, and checks that user's grants. */
function configXml({ folder }: Place, places: readonly Place[]): string {
  const shards = places.map(
    ({ tcp }) =>
      `<shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>${tcp}</port></replica></shard>`,
  );
  const cluster = `<remote_servers><two><secret>between servers</secret>${shards.join('')}</two></remote_servers>`;
  return `<clickhouse>
  <logger><level>warning</level><log>${folder}/server.log</log></logger>
  <users_config>${folder}/users.xml</users_config>
  <access_control_improvements>
    <settings_constraints_replace_previous>true</settings_constraints_replace_previous>
  </access_control_improvements>
  ${places.length > 1 ? cluster : ''}
</clickhouse>
`;
}

/** `default` is whom this engine runs its first statements as. */
function usersXml(profiles: string, users: string): string {
  const { username, password } = ADMIN;
  return `<clickhouse>
  <profiles>
    <default/>
${profiles}
  </profiles>
  <quotas><default/></quotas>
  <users>
    <default><no_password/><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
      <grants><query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT SELECT ON system.numbers</query></grants></default>
    <${username}><password>${password}</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
      <access_management>1</access_management></${username}>
${users}
  </users>
</clickhouse>
`;
}

/** Free now. The servers of a cluster must know each other's ports before any of them runs. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
