import { setTimeout as wait } from 'node:timers/promises';
import type { EventLog } from '../event-log/event-log.ts';
import { openEventLog } from '../event-log/open-log.ts';
import type { KeyRing } from '../registry/key-ring.ts';
import { readKeyRing } from '../registry/key-ring.ts';
import type { KeeperAddress } from '../key-store/ask-keeper.ts';
import { readPeerAddress } from '../inner-http/peer-settings.ts';
import { openRemoteTraceKeyMaker } from '../key-store/remote-trace-keys.ts';
import type { TraceKeyMaker } from '../key-store/trace-key-maker.ts';
import { openTraceKeyMaker } from '../key-store/trace-key-maker.ts';
import { readSecretKey } from '../registry/master-key.ts';
import { tenantKey } from '../registry/tenant-keys.ts';
import type { RoleState } from '../telemetry/role-state.ts';
import { createRoleState } from '../telemetry/role-state.ts';
import type { OperationsServer } from '../telemetry/serve-operations.ts';
import { serveOperations } from '../telemetry/serve-operations.ts';
import type { RunningRole } from '../schemas/role.ts';
import { enricherRole } from '../schemas/state-keys.ts';
import { topics } from '../schemas/topics.ts';
import type { EnricherConfig } from './config.ts';
import { EnricherError } from './errors.ts';
import type { EnricherMetrics, PartitionMetrics } from './metrics.ts';
import { createEnricherMetrics, renderMetrics } from './metrics.ts';
import { runPartition } from './run-partition.ts';

/** Starts the enricher on the partitions that fall to this process. Rejects when the log or the metrics port cannot be had. */
export async function startEnricher(config: EnricherConfig): Promise<RunningRole> {
  const log = await openEventLog(config);
  try {
    const metrics = createEnricherMetrics(log.partitions);
    const state = createRoleState('partition');
    const server = await serveOperations({
      host: '127.0.0.1',
      port: config.metricsPort,
      render: () => renderMetrics(metrics, Date.now()),
      notReady: () => [...state.notReady(), ...troubles(metrics)],
    });
    const { masterKeyFile } = config;
    const keys = masterKeyFile === null ? null : await readKeyRing(masterKeyFile);
    const traceKeys = await openTraceKeys(config);
    const keeper = config.keyKeeper && (await readPeerAddress(config.keyKeeper));
    return await run({ config, keys, traceKeys, keeper, log, metrics, state, server });
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** After a stop, a key keeper that is away is waited for this long; a batch without keys is then made by who comes next. */
const KEEPER_WAIT_MS_MAX = 2_000;

type Opened = {
  readonly config: EnricherConfig;
  readonly keys: KeyRing | null;
  readonly traceKeys: TraceKeyMaker | null;
  /** In place of them. */
  readonly keeper: KeeperAddress | null;
  readonly log: EventLog;
  readonly metrics: EnricherMetrics;
  readonly state: RoleState;
  readonly server: OperationsServer;
};

async function run(opened: Opened): Promise<RunningRole> {
  const { config, log, server } = opened;
  const work = (partition: number, signal: AbortSignal): Promise<void> =>
    opened.state.owning(`${partition}`, () => enrichUntil(opened, partition, signal));
  const shared = await log.share(enricherRole, topics.spans, work);
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    opened.state.drain();
    const bound = new AbortController();
    const late = wait(config.stopWaitMsMax, undefined, { signal: bound.signal });
    await Promise.race([shared.stop(), late]);
    bound.abort();
    await late.catch(() => undefined);
    await server.close();
    await opened.traceKeys?.close();
    await log.close();
  };
  return {
    addresses: { enricherMetrics: server.url },
    failed: shared.failed,
    stop: () => (stopped ??= stop()),
  };
}

function troubles({ partitions }: EnricherMetrics): readonly string[] {
  const some = (is: (partition: PartitionMetrics) => boolean, told: string): readonly string[] =>
    partitions.some(is) ? [told] : [];
  return [
    ...some(({ refused }) => refused, 'the log takes no commits'),
    ...some(({ keeperAway }) => keeperAway, 'the key keeper does not answer'),
  ];
}

async function enrichUntil(opened: Opened, partition: number, signal: AbortSignal): Promise<void> {
  const { config, keys, keeper, log } = opened;
  const metrics = opened.metrics.partitions[partition];
  if (!metrics) throw new Error('Every partition has its metrics.');
  const giveUp = new AbortController();
  const late = (): void => {
    setTimeout(() => giveUp.abort(), KEEPER_WAIT_MS_MAX).unref();
  };
  signal.addEventListener('abort', late, { once: true });
  const onAnswered = (isAnswered: boolean): void => {
    metrics.keeperAway = !isAnswered;
  };
  const traceKeys = keeper
    ? openRemoteTraceKeyMaker({ ...keeper, onAnswered }, giveUp.signal)
    : opened.traceKeys;
  const owner = await log.openOwner(enricherRole, partition);
  try {
    const parts = { log, owner, partition, config, keys, traceKeys, metrics, clock: Date.now };
    await runPartition(parts, signal);
  } catch (error) {
    if (!giveUp.signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', late);
    metrics.keeperAway = false;
    await owner.close();
  }
}

async function openTraceKeys({
  masterKeyFile,
  traceKeysFolder: folder,
  keyKeeper,
}: EnricherConfig): Promise<TraceKeyMaker | null> {
  if (folder === null) return null;
  if (keyKeeper !== null) {
    const detail = 'traceKeysFolder and keyKeeper: only one of them has the keys.';
    throw new EnricherError('ENRICHER_CONFIG_INVALID', detail);
  }
  if (masterKeyFile === null) {
    throw new EnricherError('ENRICHER_CONFIG_INVALID', 'traceKeysFolder needs masterKeyFile.');
  }
  const masterKey = await readSecretKey(masterKeyFile);
  return openTraceKeyMaker({
    folder,
    wrappingKey: (tenant) => tenantKey(masterKey, tenant, 'trace'),
  });
}
