import { setTimeout as wait } from 'node:timers/promises';
import { openEmbeddedLog } from '../event-log/embedded.ts';
import type { EventLog, Owner } from '../event-log/event-log.ts';
import type { RunningRole } from '../schemas/role.ts';
import { enricherRole } from '../schemas/state-keys.ts';
import type { EnricherConfig } from './config.ts';
import type { EnricherMetrics } from './metrics.ts';
import { createEnricherMetrics, renderMetrics } from './metrics.ts';
import { runPartition } from './run-partition.ts';
import type { MetricsServer } from './serve-metrics.ts';
import { serveMetrics } from './serve-metrics.ts';

/** Starts the enricher on every partition of the embedded log. Rejects when the log or the metrics port cannot be had. */
export async function startEnricher(config: EnricherConfig): Promise<RunningRole> {
  const log = await openEmbeddedLog({ folder: config.logDirectory, partitions: config.partitions });
  try {
    const metrics = createEnricherMetrics(log.partitions);
    const server = await serveMetrics(config.metricsPort, () => renderMetrics(metrics, Date.now()));
    return run({ config, log, metrics, server, owners: await openOwners(log) });
  } catch (error) {
    await log.close();
    throw error;
  }
}

type Opened = {
  readonly config: EnricherConfig;
  readonly log: EventLog;
  readonly metrics: EnricherMetrics;
  readonly server: MetricsServer;
  readonly owners: readonly Owner[];
};

async function openOwners(log: EventLog): Promise<readonly Owner[]> {
  const owners: Owner[] = [];
  for (let partition = 0; partition < log.partitions; partition += 1) {
    owners.push(await log.openOwner(enricherRole, partition));
  }
  return owners;
}

function run(opened: Opened): RunningRole {
  const { config, log, server, owners } = opened;
  const stopping = new AbortController();
  const loops = owners.map(async (owner, partition) => {
    const metrics = opened.metrics.partitions[partition];
    if (!metrics) throw new Error('Every partition has its metrics.');
    await runPartition(
      { log, owner, partition, config, metrics, clock: Date.now },
      stopping.signal,
    );
  });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  Promise.all(loops).catch(failed.reject);
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    stopping.abort();
    const bound = new AbortController();
    const late = wait(config.stopWaitMsMax, undefined, { signal: bound.signal });
    await Promise.race([Promise.allSettled(loops), late]);
    bound.abort();
    await late.catch(() => undefined);
    await server.close();
    await log.close();
  };
  return {
    addresses: { enricherMetrics: server.url },
    failed: failed.promise,
    stop: () => (stopped ??= stop()),
  };
}
