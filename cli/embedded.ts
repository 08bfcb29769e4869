import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openEmbeddedLog } from '../event-log/embedded.ts';
import type { FolderLock } from '../event-log/folder-lock.ts';
import { lockFolder } from '../event-log/folder-lock.ts';
import { openStore } from '../record-store/clickhouse.ts';
import type { RunningEngine } from '../record-store/engine.ts';
import { startEngine } from '../record-store/engine.ts';
import { migrate } from '../record-store/migrate.ts';
import { readPassword } from '../record-store/passwords.ts';
import { applyBuiltInPriceBook, applyKeyVersion, applyRegistry } from '../registry/apply.ts';
import { parseRegistry } from '../registry/document.ts';
import { readKeyRing } from '../registry/key-ring.ts';
import type { RunningRole } from '../schemas/role.ts';
import { roleOrders } from './embedded-roles.ts';
import { CommandFailure } from './failure.ts';
import type { Retention } from './keep-retention.ts';
import { keepRetention } from './keep-retention.ts';
import type { KeyFiles } from './first-start.ts';
import { FIRST_TENANT, keyFilesOf, makeFirstKeys } from './first-start.ts';
import { makeFolder } from './make-folder.ts';
import { startRole } from './start-role.ts';

export type EmbeddedOptions = {
  /** Made when missing; everything durable is below it. */
  readonly dataDirectory: string;
  readonly host: string;
  /** Of the event log, fixed at birth; without it as the directory has, and one in a new one. */
  readonly partitions?: number;
  /** 0 takes a free port, for each of these. */
  readonly otlpHttpPort: number;
  readonly otlpGrpcPort: number;
  readonly queryPort: number;
  /** YAML that declares teams, agents, servers, prices; applied when it changed. */
  readonly registryFile?: string;
  /** Where signed heads are kept by others: `anchors` of the ledger's configuration. */
  readonly anchors?: readonly unknown[];
  /** Where sealed records are archived: `archive` of the ledger's configuration. */
  readonly archive?: unknown;
  readonly siem?: { readonly hecUrl: string; readonly hecTokenFile: string };
  /** Told what is under way. */
  readonly onProgress: (step: string) => void;
};

/** Addresses and key files of a running pipeline: the one line of `waybill up --json`. */
export type EmbeddedAddresses = {
  readonly otlpHttp: string;
  readonly otlpGrpc: string;
  readonly queryApi: string;
  readonly clickhouse: string;
  readonly producerKeyFile: string;
  readonly gatewayKeyFile: string;
  readonly auditorKeyFile: string;
  readonly dataDir: string;
};

export type Embedded = {
  readonly addresses: EmbeddedAddresses;
  /** True when this start made the keys. */
  readonly first: boolean;
  /** Rejects when a role or the engine can no longer work; what was acknowledged is on disk. */
  readonly failed: Promise<never>;
  /** Ends the roles in the order of the walk, then the engine. Safe twice. */
  stop(): Promise<void>;
};

/** Starts the whole pipeline on one data directory: the engine in a child process, each role in a thread. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const dataDirectory = resolve(options.dataDirectory);
  await makeDirectory(dataDirectory);
  const lock = lockDirectory(dataDirectory);
  const started: Started = { roles: [] };
  try {
    return await start({ ...options, dataDirectory }, started, lock);
  } catch (error) {
    await stopAll(started, lock);
    throw error;
  }
}

/** What is to be stopped, as far as it was started. */
type Started = { engine?: RunningEngine; retention?: Retention; readonly roles: RunningRole[] };

async function start(
  options: EmbeddedOptions,
  started: Started,
  lock: FolderLock,
): Promise<Embedded> {
  const { dataDirectory, onProgress } = options;
  const first = await makeFirstKeys(dataDirectory);
  const keys = keyFilesOf(dataDirectory);
  onProgress('starting the record store');
  const engine = await startEngine({
    folder: join(dataDirectory, 'store'),
    keysFolder: keys.folder,
  });
  started.engine = engine;
  await applyMigrations(engine);
  const partitions = await declare(options, keys);
  started.retention = await keepRetention({
    folder: join(dataDirectory, 'log'),
    clock: Date.now,
    onTrouble: onProgress,
  });
  // Against the walk, so that nothing is accepted before everything behind the collector runs; what is declared is in force by then.
  for (const order of roleOrders({ ...options, partitions }, keys, engine).toReversed()) {
    onProgress(`starting ${order.role}`);
    started.roles.unshift(await startRole(order));
  }
  const found = Object.assign({}, ...started.roles.map((role) => role.addresses)) as Record<
    string,
    string
  >;
  const failed = Promise.race([engine.failed, ...started.roles.map((role) => role.failed)]);
  // Whoever only stops it need not watch it.
  failed.catch(() => undefined);
  let stopping: Promise<void> | undefined;
  return {
    addresses: addressesOf(found, engine, keys, dataDirectory),
    first,
    failed,
    stop: () => (stopping ??= stopAll(started, lock)),
  };
}

async function applyMigrations(engine: RunningEngine): Promise<void> {
  const { username, passwordFile } = engine.credentials.migrator;
  const password = await readPassword(passwordFile);
  const store = openStore({ url: engine.url, username, password });
  try {
    await migrate(store);
  } finally {
    await store.close();
  }
}

/** Declares what the registry file says, where it changed, and example prices where there are none. Gives the log's partition count. */
async function declare(options: EmbeddedOptions, keys: KeyFiles): Promise<number> {
  const folder = join(options.dataDirectory, 'log');
  const { partitions: asked } = options;
  const log = await openEmbeddedLog({
    folder,
    ...(asked === undefined ? {} : { partitions: asked }),
  });
  try {
    const ring = await readKeyRing(keys.masterKeyFile);
    const change = { log, tenant: FIRST_TENANT, keys: ring, actor: null, clock: Date.now };
    if (options.registryFile !== undefined) {
      const document = parseRegistry(await readRegistryFile(options.registryFile));
      const applied = await applyRegistry({ ...change, document });
      if (applied.length > 0) options.onProgress(`declared ${options.registryFile}`);
    }
    await applyBuiltInPriceBook(change);
    await applyKeyVersion(change);
    return log.partitions;
  } finally {
    await log.close();
  }
}

async function readRegistryFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandFailure('failed', `waybill up: cannot read the registry file ${file}.`, cause);
  }
}

async function makeDirectory(dataDirectory: string): Promise<void> {
  try {
    await makeFolder(dataDirectory, 0o700);
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'no reason was given';
    const message = `waybill up: cannot make the data directory ${dataDirectory} (${why}): choose another with --data-dir DIR.`;
    throw new CommandFailure('failed', message, cause);
  }
}

function lockDirectory(dataDirectory: string): FolderLock {
  try {
    return lockFolder(dataDirectory);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailure(
      'failed',
      `waybill up: the data directory ${dataDirectory} is in use by another waybill: ` +
        `end that one, or choose another with --data-dir DIR.\n(${why})`,
      cause,
    );
  }
}

function addressesOf(
  found: Readonly<Record<string, string>>,
  engine: RunningEngine,
  keys: KeyFiles,
  dataDir: string,
): EmbeddedAddresses {
  const { producerKeyFile, gatewayKeyFile, auditorKeyFile } = keys;
  return {
    otlpHttp: found['otlpHttp'] ?? '',
    otlpGrpc: found['otlpGrpc'] ?? '',
    queryApi: found['queryApi'] ?? '',
    clickhouse: engine.url,
    producerKeyFile,
    gatewayKeyFile,
    auditorKeyFile,
    dataDir,
  };
}

/** In the order of the walk: first nothing more comes in, then what came in is carried on, then the store goes. */
async function stopAll({ roles, engine, retention }: Started, lock: FolderLock): Promise<void> {
  for (const role of roles) await role.stop().catch(() => undefined);
  await retention?.stop().catch(() => undefined);
  await engine?.stop().catch(() => undefined);
  lock.release();
}
