import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { keyFilesOf, makeFirstKeys } from '../../../cli/first-start.ts';
import type { RoleName } from '../../../cli/role-starts.ts';
import type { EventLog } from '../../../event-log/event-log.ts';
import type { KeyFolderOptions } from '../../../key-store/key-folder.ts';
import { readPeerAddress } from '../../../inner-http/peer-settings.ts';
import { openRemoteTraceKeys } from '../../../key-store/remote-trace-keys.ts';
import type { TraceKeys } from '../../../key-store/trace-keys.ts';
import { readSecretKey } from '../../../registry/master-key.ts';
import { tenantKey } from '../../../registry/tenant-keys.ts';
import type { TestStore } from '../test-store.ts';
import { startTestStore } from '../test-store.ts';
import type { FreshLog } from './fresh-log.ts';
import { freshLog } from './fresh-log.ts';
import type { RoleProcess } from './roles.ts';
import { startRoleProcess } from './roles.ts';
import { freePorts } from './start-brokers.ts';

/** Waybill as processes: topics of its own on a real broker, a real store, and a configuration file for its roles. */
export type Deployment = {
  readonly fresh: FreshLog;
  readonly store: TestStore;
  readonly producerKey: string;
  readonly gatewayKey: string;
  readonly auditorKey: string;
  /** `name` tells the processes of a role apart; one that is started again under it finds its state. */
  start(
    role: RoleName,
    name: string,
    settings?: readonly string[],
    environment?: NodeJS.ProcessEnv,
  ): Promise<RoleProcess>;
  /** Settings of a ledger whose heads are signed by the role `signer`, and not by itself. */
  readonly signedElsewhere: readonly string[];
  /** Whom the role `signer` has verifiers believe. */
  policy(): Promise<string>;
  openLog(): Promise<EventLog>;
  /** Where the keys of traces lie: to be opened when the key keeper has stopped. */
  traceKeyFolder(): Promise<KeyFolderOptions>;
  /** The keys of traces, asked of the key keeper that runs. */
  keptKeys(signal: AbortSignal): Promise<TraceKeys>;
  /** Ends every process, and the store. */
  stop(): Promise<void>;
};

export async function startDeployment(
  brokers: readonly string[],
  partitions: number,
  replicas = 1,
): Promise<Deployment> {
  const fresh = await freshLog(brokers, partitions, replicas);
  const store = await startTestStore();
  await makeFirstKeys(store.folder);
  const keys = keyFilesOf(store.folder);
  const traceKeysFolder = join(keys.folder, 'traces');
  const configFile = join(store.folder, 'waybill.yaml');
  const tokenFile = join(keys.folder, 'roles.token');
  writeFileSync(tokenFile, randomBytes(32).toString('hex'), { mode: 0o600 });
  const [port = 0, signerPort = 0] = await freePorts(2);
  const keeper = { port, signerPort, traceKeysFolder, tokenFile };
  writeFileSync(configFile, stringify(configOf({ fresh, store, keeper })));
  const running = new Set<RoleProcess>();
  const keyIn = (file: string): string => readFileSync(file, 'utf8').trim();
  return {
    fresh,
    store,
    producerKey: keyIn(keys.producerKeyFile),
    gatewayKey: keyIn(keys.gatewayKeyFile),
    auditorKey: keyIn(keys.auditorKeyFile),
    async start(role, name, settings = [], environment = process.env) {
      const stateDirectory = join(fresh.settings.stateDirectory, name);
      mkdirSync(stateDirectory, { recursive: true });
      const own = [`kafka.stateDirectory=${stateDirectory}`, ...settings];
      const started = await startRoleProcess(role, configFile, own, environment);
      running.add(started);
      return started;
    },
    signedElsewhere: [
      'signerFolder=null',
      `signer.url=http://127.0.0.1:${signerPort}`,
      `signer.tokenFile=${tokenFile}`,
    ],
    policy: async () => readFile(join(keys.folder, 'signer', 'policy.txt'), 'utf8'),
    openLog: () => fresh.open(),
    traceKeyFolder: async () => {
      const masterKey = await readSecretKey(keys.masterKeyFile);
      const wrappingKey = (tenant: string) => tenantKey(masterKey, tenant, 'trace');
      return { folder: traceKeysFolder, wrappingKey };
    },
    keptKeys: async (signal) => {
      const keeper = await readPeerAddress({ url: `http://127.0.0.1:${port}`, tokenFile });
      return openRemoteTraceKeys(keeper, signal);
    },
    async stop() {
      await Promise.all([...running].map((process) => process.kill()));
      await store.stop();
      await fresh.destroy();
    },
  };
}

type Parts = Pick<Deployment, 'fresh' | 'store'> & {
  readonly keeper: {
    readonly port: number;
    readonly signerPort: number;
    readonly traceKeysFolder: string;
    readonly tokenFile: string;
  };
};

function configOf({ fresh, store, keeper }: Parts): unknown {
  const { port, signerPort, traceKeysFolder, tokenFile } = keeper;
  const keyKeeper = { url: `http://127.0.0.1:${port}`, tokenFile };
  const { masterKeyFile, credentialsFile, folder } = keyFilesOf(store.folder);
  const { url, credentials } = store.engine;
  const { brokers, topicPrefix } = fresh.settings;
  return {
    common: {
      kafka: { brokers, topicPrefix, sessionWaitMsMax: 6000 },
      partitions: fresh.partitions,
    },
    'key-keeper': {
      port,
      masterKeyFile,
      traceKeysFolder,
      clients: [{ name: 'roles', tokenFile, mayDestroy: true }],
    },
    signer: {
      port: signerPort,
      folder: join(folder, 'signer'),
      clients: [{ name: 'ledgers', tokenFile }],
      store: { url, ...credentials.reader },
    },
    enricher: { keyKeeper },
    collector: { otlpHttpPort: 0, otlpGrpcPort: 0, masterKeyFile, credentialsFile },
    ledger: {
      masterKeyFile,
      keyKeeper,
      signerFolder: join(folder, 'signer'),
      store: { url, ...credentials.writer },
    },
    'query-api': {
      port: 0,
      masterKeyFile,
      credentialsFile,
      store: { url, ...credentials.reader },
    },
  };
}
