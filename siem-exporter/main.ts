import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventLog, Owner } from '../event-log/event-log.ts';
import { openEventLog } from '../event-log/open-log.ts';
import type { RecordStore } from '../record-store/clickhouse.ts';
import { openStore } from '../record-store/clickhouse.ts';
import { readPassword } from '../record-store/passwords.ts';
import type { RoleState } from '../telemetry/role-state.ts';
import { createRoleState } from '../telemetry/role-state.ts';
import type { OperationsServer } from '../telemetry/serve-operations.ts';
import { serveOperations } from '../telemetry/serve-operations.ts';
import type { RunningRole } from '../schemas/role.ts';
import { topics } from '../schemas/topics.ts';
import type { Circuit } from './circuit.ts';
import { createCircuit } from './circuit.ts';
import type { SiemExporterConfig } from './config.ts';
import { controlRole, exporterRole, headsRole, ownedCursor } from './cursor.ts';
import type { Delivery } from './deliver.ts';
import type { LogExport, Mapped } from './export-log.ts';
import { exportLog } from './export-log.ts';
import type { Sender } from './hec-client.ts';
import { connectHec } from './hec-client.ts';
import { META_LOG_ID, mapCheckpoint } from './map-checkpoint.ts';
import { CONTROL_LOG_ID, mapControl } from './map-control.ts';
import type { MapSettings } from './map-leaf.ts';
import { mapLeaf } from './map-leaf.ts';
import type { SealedLeaf } from './sealed-leaf.ts';
import type { MetricsRecorder } from './metrics.ts';
import { createMetrics, renderMetrics } from './metrics.ts';
import { storedLeaves } from './stored-leaves.ts';
import { delay } from './wait.ts';

/**
 * Starts the exporter: one loop for each log of sealed records, all feeding one destination. Rejects when the log, the store's password or
 * the metrics port cannot be had; a destination or store that is away is waited for.
 */
export async function startSiemExporter(config: SiemExporterConfig): Promise<RunningRole> {
  const password = await readPassword(config.storePasswordFile);
  const { storeUrl: url, storeUser: username } = config;
  const metrics = createMetrics();
  const sender = await connectHec(hecSettings(config), Date.now);
  const log = await openEventLog(config);
  const store = openStore({ url, username, password });
  try {
    const state = createRoleState('partition');
    const operations = await serveOperations({
      host: '127.0.0.1',
      port: config.metricsPort,
      render: () => renderMetrics(metrics.snapshot(), Date.now()),
      notReady: () => [...state.notReady(), ...troubles(metrics)],
    });
    return await run({ config, log, store, sender, metrics, state, operations });
  } catch (error) {
    sender.close();
    await store.close();
    await log.close();
    throw error;
  }
}

type Opened = {
  readonly config: SiemExporterConfig;
  readonly log: EventLog;
  readonly store: RecordStore;
  readonly sender: Sender;
  readonly metrics: MetricsRecorder;
  readonly state: RoleState;
  readonly operations: OperationsServer;
};

async function run(opened: Opened): Promise<RunningRole> {
  const { config, operations, state, log } = opened;
  const circuit = createCircuit(config.circuitFailuresMax);
  const work = async (partition: number, signal: AbortSignal): Promise<void> => {
    const own = partition === 0 ? [CONTROL_LOG_ID] : [];
    const logs = partition === 0 && config.checkpoints ? [...own, META_LOG_ID] : own;
    const export_ = async (logId: string): Promise<void> => {
      const role = roleOf[logId] ?? exporterRole;
      const owner = await log.openOwner(role, partition);
      try {
        const shared = deliveryOf(opened, circuit, signal);
        await exportLog(logExportOf(opened, { owner, logId, shared }));
      } finally {
        await owner.close();
      }
    };
    await Promise.all([`records/p${partition}/e0`, ...logs].map(export_));
  };
  const shared = await log.share(exporterRole, topics.records, (partition, signal) =>
    state.owning(`${partition}`, () => work(partition, signal)),
  );
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    state.drain();
    const bound = new AbortController();
    await Promise.race([shared.stop(), delay(config.stopWaitMsMax, bound.signal)]);
    bound.abort();
    await operations.close();
    opened.sender.close();
    await opened.store.close();
    await opened.log.close();
  };
  return {
    addresses: { siemExporterMetrics: operations.url },
    failed: shared.failed,
    stop: () => (stopping ??= stop()),
  };
}

function troubles(metrics: MetricsRecorder): readonly string[] {
  const unread = [...metrics.snapshot().logs.values()].some(({ trouble }) => trouble !== null);
  return unread ? ['the store cannot be read'] : [];
}

function deliveryOf(
  { config, sender, metrics }: Opened,
  circuit: Circuit,
  signal: AbortSignal,
): Omit<Delivery, 'run'> {
  return {
    sender,
    metrics,
    signal,
    delay,
    random: Math.random,
    circuit,
    limits: {
      retry: { firstMs: config.retryFirstMs, msMax: config.retryMsMax },
      hold: { firstMs: config.holdFirstMs, msMax: config.holdMsMax },
      slowDownMs: config.slowDownMs,
      refusedInARowMax: config.refusedInARowMax,
    },
  };
}

type LogParts = {
  readonly owner: Owner;
  readonly logId: string;
  readonly shared: Omit<Delivery, 'run'>;
};

function logExportOf({ config, store }: Opened, { owner, logId, shared }: LogParts): LogExport {
  const settings = mapSettings(config);
  return {
    logId,
    reader: storedLeaves(store),
    cursor: ownedCursor(owner, config.destination, logId),
    map: (leaf) => mapOf(logId, leaf, settings),
    delivery: { ...shared, run: { refused: 0 } },
    read: { leavesMax: config.readLeavesMax, bytesMax: config.readBytesMax },
    batch: { eventsMax: config.batchEventsMax, bytesMax: config.batchBytesMax },
    pollMs: config.pollMs,
  };
}

const roleOf: Readonly<Record<string, string>> = {
  [META_LOG_ID]: headsRole,
  [CONTROL_LOG_ID]: controlRole,
};

function mapOf(logId: string, leaf: SealedLeaf, settings: MapSettings): Mapped {
  if (logId === META_LOG_ID) return mapCheckpoint(leaf, settings.envelope, Date.now());
  return logId === CONTROL_LOG_ID ? mapControl(leaf, settings) : mapLeaf(leaf, settings);
}

function mapSettings(config: SiemExporterConfig): MapSettings {
  return {
    envelope: {
      host: config.hecHost,
      source: config.hecSource,
      sourcetype: config.hecSourcetype,
      index: config.hecIndex,
    },
    productVersion: productVersion(),
    tenants: new Set(config.tenants),
    revisions: config.revisions,
  };
}

function hecSettings(config: SiemExporterConfig): Parameters<typeof connectHec>[0] {
  return {
    url: config.hecUrl,
    tokenFile: config.hecTokenFile,
    caFile: config.hecCaFile,
    requestWaitMsMax: config.requestWaitMsMax,
    ack: config.hecAck ? { pollMs: config.hecAckPollMs, waitMsMax: config.hecAckWaitMsMax } : null,
    connectionsMax: config.connectionsMax,
  };
}

function productVersion(): string {
  const manifest = readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8');
  return /"version":\s*"([^"]+)"/.exec(manifest)?.[1] ?? 'unknown';
}
