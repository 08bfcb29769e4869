import { openEmbeddedLog } from '../event-log/embedded.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { openStore } from '../record-store/clickhouse.ts';
import type { RecordStore } from '../record-store/clickhouse.ts';
import { readPassword } from '../record-store/passwords.ts';
import { openFileTraceKeys } from '../key-store/file-trace-keys.ts';
import type { TraceKeys } from '../key-store/trace-keys.ts';
import { readMasterKey } from '../registry/master-key.ts';
import { tenantKey } from '../registry/tenant-keys.ts';
import type { RunningRole } from '../schemas/role.ts';
import { topics } from '../schemas/topics.ts';
import type { LedgerConfig } from './config.ts';
import { parseLedgerConfig } from './config.ts';
import type { LedgerMetrics } from './metrics.ts';
import { createLedgerMetrics } from './metrics.ts';
import { readControlEvent, readsLogId, registryLogId } from './read-control.ts';
import { readRecord, recordsLogId } from './read-record.ts';
import type { LogSource } from './seal-log.ts';
import { sealLog } from './seal-log.ts';
import { metaLogId, readCheckpoint } from './read-checkpoint.ts';
import { publishPolicy } from './publish-policy.ts';
import { openFileSigner } from './file-signer.ts';
import { HeadSigner } from './sign-heads.ts';
import { serveMetrics } from './serve-metrics.ts';

/** Starts the ledger: it seals every partition of records, what is declared and who read what, until it is stopped. */
export async function startLedger(input: unknown): Promise<RunningRole> {
  const config = parseLedgerConfig(input);
  const metrics = createLedgerMetrics();
  const log = await openEmbeddedLog({ folder: config.logDirectory, partitions: config.partitions });
  const traceKeys = await openTraceKeys(config);
  const store = openStore({
    url: config.store.url,
    username: config.store.username,
    password: await readPassword(config.store.passwordFile),
    connectionsMax: 2 * sources(config.partitions).length,
    requestTimeoutMsMax: config.insertWaitMsMax,
  });
  const signer = await openFileSigner(config.signerFolder);
  const heads = new HeadSigner({
    log,
    store,
    signer,
    metrics,
    everyMs: config.signEveryMs,
    clock: Date.now,
  });
  await publishPolicy(log, config.signerFolder, signer.policy(logIdsOf(config.partitions)));
  const server = await serveMetrics(metrics, config.metricsHost, config.metricsPort);
  const sealing = sealAll({ config, metrics, log, store, traceKeys, heads });
  const close = async (): Promise<void> => {
    await sealing.stop();
    await Promise.all([server.close(), store.close(), traceKeys.close(), signer.close()]);
    await log.close();
  };
  let stopping: Promise<void> | undefined;
  return {
    addresses: { ledgerMetrics: server.url },
    failed: sealing.failed,
    stop: () => (stopping ??= close()),
  };
}

type Built = {
  readonly config: LedgerConfig;
  readonly metrics: LedgerMetrics;
  readonly log: EventLog;
  readonly store: RecordStore;
  readonly traceKeys: TraceKeys;
  readonly heads: HeadSigner;
};

type Sealing = { readonly failed: Promise<never>; stop(): Promise<void> };

function sealAll(built: Built): Sealing {
  const stop = new AbortController();
  const giveUp = new AbortController();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined);
  const all = sources(built.config.partitions).map(async (source) => {
    try {
      await sealOne(built, source, stop.signal, giveUp.signal);
    } catch (error) {
      // After the wait for a stop is over, an unfinished batch is no failure: the next start repeats it.
      if (!giveUp.signal.aborted) reject(error);
    }
  });
  const signing = built.heads.run(stop.signal).catch(reject);
  return {
    failed,
    stop: async () => {
      stop.abort();
      const timer = setTimeout(() => giveUp.abort(), built.config.stopWaitMsMax);
      await Promise.all([...all, signing]);
      // What was sealed last is signed before the end; what is not, at the next start.
      if (!giveUp.signal.aborted) await built.heads.round().catch(() => undefined);
      clearTimeout(timer);
    },
  };
}

async function sealOne(
  built: Built,
  source: LogSource,
  stopSignal: AbortSignal,
  signal: AbortSignal,
): Promise<void> {
  const { config, metrics, log, store, traceKeys, heads } = built;
  const owner = await log.openOwner(source.role, source.partition);
  try {
    await sealLog({
      log,
      owner,
      source,
      store,
      traceKeys,
      onSealed: (sealed) => heads.noteSealed(sealed),
      metrics,
      limits: {
        messagesMax: config.batchRecordsMax,
        bytesMax: config.batchBytesMax,
        lingerMs: config.lingerMs,
        waitMsMax: config.idleWaitMs,
      },
      retryFirstMs: config.retryFirstMs,
      retryMsMax: config.retryMsMax,
      stopSignal,
      signal,
      clock: Date.now,
    });
  } finally {
    await owner.close();
  }
}

function sources(partitions: number): readonly LogSource[] {
  const records = Array.from({ length: partitions }, (_, partition): LogSource => {
    const logId = recordsLogId(partition);
    return { logId, role: 'ledger', topic: topics.records, partition, readMessage: readRecord };
  });
  const control = { partition: 0, readMessage: readControlEvent };
  return [
    ...records,
    { ...control, logId: registryLogId, role: 'ledger-control', topic: topics.registry },
    { ...control, logId: readsLogId, role: 'ledger-reads', topic: topics.reads },
    {
      logId: metaLogId,
      role: 'ledger-meta',
      topic: topics.checkpoints,
      partition: 0,
      readMessage: readCheckpoint,
    },
  ];
}

function logIdsOf(partitions: number): readonly string[] {
  return sources(partitions).map(({ logId }) => logId);
}

async function openTraceKeys(config: LedgerConfig): Promise<TraceKeys> {
  const masterKey = await readMasterKey(config.masterKeyFile);
  return openFileTraceKeys({
    folder: config.traceKeysFolder,
    wrappingKey: (tenant) => tenantKey(masterKey, tenant, 'trace'),
  });
}
