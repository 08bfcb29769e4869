import type { EventLog } from '../event-log/event-log.ts';
import { openEventLog } from '../event-log/open-log.ts';
import type { RecordStore } from '../record-store/clickhouse.ts';
import { openStore } from '../record-store/clickhouse.ts';
import { readPassword } from '../record-store/passwords.ts';
import { openDirectoryEntry } from '../redaction/principal.ts';
import type { CredentialWatch } from '../registry/credential-file.ts';
import { watchCredentials } from '../registry/credential-file.ts';
import type { KeyRing } from '../registry/key-ring.ts';
import { readKeyRing } from '../registry/key-ring.ts';
import type { TenantPolicies } from '../registry/tenant-policies.ts';
import { createTenantPolicies } from '../registry/tenant-policies.ts';
import { tenantKey } from '../registry/tenant-keys.ts';
import type { RunningRole } from '../schemas/role.ts';
import type { ParsedQueryApiConfig, QueryApiConfig } from './config.ts';
import { parseQueryApiConfig } from './config.ts';
import type { OpenEntry } from './directory.ts';
import { createDirectory } from './directory.ts';
import { limitReader } from './limited-reader.ts';
import { createMetrics } from './metrics.ts';
import { openReadSpool } from './trail/read-spool.ts';
import { createReadTrail } from './trail/read-trail.ts';
import { askedRedactor } from './trail/redact-asked.ts';
import { createServer } from './server.ts';
import type { WritePath } from './trail/write-path.ts';
import { createWritePath } from './trail/write-path.ts';

/** Starts the query API. Rejects when a file, the log or the port cannot be had; then nothing is left open. */
export async function startQueryApi(input: QueryApiConfig): Promise<RunningRole> {
  const config = parseQueryApiConfig(input);
  const keys = await readKeyRing(config.masterKeyFile);
  const metrics = createMetrics();
  const credentials = await watchCredentials(config.credentialsFile, {
    pollMs: config.credentialsPollMs,
    onProblem: () => metrics.refused('CREDENTIALS_UNREADABLE'),
  });
  const { url, username, passwordFile } = config.store;
  const store = openStore({ url, username, password: await readPassword(passwordFile) });
  const log = await openEventLog(config);
  const policies = createTenantPolicies(log, keys, { redactorOf: askedRedactor });
  const writePath = await openWritePath(config, log).catch(async (error: unknown) => {
    await close({ credentials, store, log, writePath: undefined });
    throw error;
  });
  const opened = { config, keys, policies, metrics, credentials, store, log, writePath };
  try {
    await policies.catchUp();
    return await serve(opened);
  } catch (error) {
    await close(opened);
    throw error;
  }
}

type Opened = {
  readonly config: ParsedQueryApiConfig;
  readonly keys: KeyRing;
  readonly policies: TenantPolicies;
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly credentials: CredentialWatch;
  readonly store: RecordStore;
  readonly log: EventLog;
  /** None: while the log is away, nothing is answered. */
  readonly writePath: WritePath | undefined;
};

async function openWritePath(
  { readSpool }: ParsedQueryApiConfig,
  log: EventLog,
): Promise<WritePath | undefined> {
  if (readSpool === undefined) return undefined;
  const { folder, bytesMax, logWaitMsMax } = readSpool;
  const spool = await openReadSpool(folder, bytesMax);
  return createWritePath({ log, spool, logWaitMsMax, nowMs: Date.now });
}

async function serve(opened: Opened): Promise<RunningRole> {
  const { config, keys, policies, metrics, credentials, store, log, writePath } = opened;
  const { limits } = config;
  const directory = createDirectory(log, entryOpener(keys.master), limits);
  const api = {
    store: limitReader(store, limits),
    log,
    trail: createReadTrail(writePath ?? log, Date.now, { waitingMax: limits.trailWaitingMax }),
    downSinceMs: () => writePath?.downSinceMs() ?? null,
    directory,
    credentials: () => credentials.current(),
    keys,
    policies,
    nowMs: Date.now,
    limits,
    metrics,
  };
  const app = await createServer(api, config.tls);
  const address = await app.listen({ host: config.host, port: config.port });
  const queryApi = config.tls ? address.replace(/^http:/, 'https:') : address;
  const ending = new AbortController();
  const following = Promise.all([directory.follow(ending.signal), policies.follow(ending.signal)]);
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  following.catch((error: unknown) => {
    if (!ending.signal.aborted) failed.reject(error);
  });
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    ending.abort();
    const cut = setTimeout(() => app.server.closeAllConnections(), config.stopWaitMsMax);
    await app.close();
    clearTimeout(cut);
    await following.catch(() => undefined);
    await close(opened);
  };
  return { addresses: { queryApi }, failed: failed.promise, stop: () => (stopping ??= stop()) };
}

type Closing = Pick<Opened, 'credentials' | 'store' | 'log' | 'writePath'>;

async function close({ credentials, store, log, writePath }: Closing): Promise<void> {
  credentials.stop();
  await writePath?.close();
  await store.close();
  await log.close();
}

/** A damaged or forgotten entry shows the id instead of a name: an answer never fails for a name's sake. */
function entryOpener(masterKey: Uint8Array): OpenEntry {
  return (tenant, principalId, sealed) => {
    try {
      const key = tenantKey(masterKey, tenant, 'directory');
      return openDirectoryEntry(key, { tenant, principalId }, sealed).name;
    } catch {
      return undefined;
    }
  };
}
