import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { keyFilesOf, makeFirstKeys } from '../../../cli/first-start.ts';
import type { RoleName } from '../../../cli/role-starts.ts';
import type { EventLog } from '../../../event-log/event-log.ts';
import { openFileTraceKeys } from '../../../key-store/file-trace-keys.ts';
import type { TraceKeys } from '../../../key-store/trace-keys.ts';
import { readSecretKey } from '../../../registry/master-key.ts';
import { tenantKey } from '../../../registry/tenant-keys.ts';
import type { TestStore } from '../test-store.ts';
import { startTestStore } from '../test-store.ts';
import type { FreshLog } from './fresh-log.ts';
import { freshLog } from './fresh-log.ts';
import type { RoleProcess } from './roles.ts';
import { startRoleProcess } from './roles.ts';

/** Waybill as processes: topics of its own on a real broker, a real store, and a configuration file for its roles. */
export type Deployment = {
  readonly fresh: FreshLog;
  readonly store: TestStore;
  readonly producerKey: string;
  readonly gatewayKey: string;
  readonly auditorKey: string;
  /** `name` tells the processes of a role apart; one that is started again under it finds its state. */
  start(role: RoleName, name: string, settings?: readonly string[]): Promise<RoleProcess>;
  openLog(): Promise<EventLog>;
  openTraceKeys(): Promise<TraceKeys>;
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
  writeFileSync(configFile, stringify(configOf({ fresh, store, traceKeysFolder })));
  const running = new Set<RoleProcess>();
  const keyIn = (file: string): string => readFileSync(file, 'utf8').trim();
  return {
    fresh,
    store,
    producerKey: keyIn(keys.producerKeyFile),
    gatewayKey: keyIn(keys.gatewayKeyFile),
    auditorKey: keyIn(keys.auditorKeyFile),
    async start(role, name, settings = []) {
      const stateDirectory = join(fresh.settings.stateDirectory, name);
      mkdirSync(stateDirectory, { recursive: true });
      const own = [`kafka.stateDirectory=${stateDirectory}`, ...settings];
      const process = await startRoleProcess(role, configFile, own);
      running.add(process);
      return process;
    },
    openLog: () => fresh.open(),
    openTraceKeys: async () => {
      const masterKey = await readSecretKey(keys.masterKeyFile);
      const wrappingKey = (tenant: string) => tenantKey(masterKey, tenant, 'trace');
      return openFileTraceKeys({ folder: traceKeysFolder, wrappingKey });
    },
    async stop() {
      await Promise.all([...running].map((process) => process.kill()));
      await store.stop();
      await fresh.destroy();
    },
  };
}

type Parts = Pick<Deployment, 'fresh' | 'store'> & { readonly traceKeysFolder: string };

function configOf({ fresh, store, traceKeysFolder }: Parts): unknown {
  const { masterKeyFile, credentialsFile, folder } = keyFilesOf(store.folder);
  const { url, credentials } = store.engine;
  const { brokers, topicPrefix } = fresh.settings;
  return {
    common: {
      kafka: { brokers, topicPrefix, sessionWaitMsMax: 6000 },
      partitions: fresh.partitions,
    },
    collector: { otlpHttpPort: 0, otlpGrpcPort: 0, masterKeyFile, credentialsFile },
    ledger: {
      masterKeyFile,
      traceKeysFolder,
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
