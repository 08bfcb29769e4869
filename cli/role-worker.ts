import { parentPort, workerData } from 'node:worker_threads';
import type { RunningRole } from '../schemas/role.ts';

/** Which role a worker thread runs, and its configuration: a plain value. */
export type RoleOrder = {
  readonly role: RoleName;
  readonly config: Readonly<Record<string, unknown>>;
};

export type RoleName = 'collector' | 'enricher' | 'ledger' | 'query-api' | 'siem-exporter';

/** What the thread tells the one that started it. It is told `stop` in turn. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly addresses: Readonly<Record<string, string>> }
  | { readonly kind: 'failed'; readonly message: string };

type Start = (config: RoleOrder['config']) => Promise<RunningRole>;

/** Rooms are loaded only in the thread that runs them, so that each thread holds its own code and nothing else. */
const starts: Readonly<Record<RoleName, Start>> = {
  collector: async (config) => {
    const { parseCollectorConfig } = await import('../collector/config.ts');
    const { startCollector } = await import('../collector/main.ts');
    return startCollector(parseCollectorConfig(config));
  },
  enricher: async (config) => {
    const { parseEnricherConfig } = await import('../enricher/config.ts');
    const { startEnricher } = await import('../enricher/main.ts');
    return startEnricher(parseEnricherConfig(config));
  },
  ledger: async (config) => {
    const { startLedger } = await import('../ledger/main.ts');
    return startLedger(config);
  },
  'query-api': async (config) => {
    const { parseQueryApiConfig } = await import('../query-api/config.ts');
    const { startQueryApi } = await import('../query-api/main.ts');
    return startQueryApi(parseQueryApiConfig(config));
  },
  'siem-exporter': async (config) => {
    const { parseSiemExporterConfig } = await import('../siem-exporter/config.ts');
    const { startSiemExporter } = await import('../siem-exporter/main.ts');
    return startSiemExporter(parseSiemExporterConfig(config));
  },
};

function tell(message: FromWorker): void {
  parentPort?.postMessage(message, []);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  const { role, config } = workerData as RoleOrder;
  const running = await starts[role](config);
  running.failed.catch((error: unknown) => tell({ kind: 'failed', message: messageOf(error) }));
  parentPort?.once('message', () => {
    running.stop().then(
      // Handles that libraries keep would hold the thread up: what must be on disk is there once `stop` has resolved.
      () => process.exit(0),
      (error: unknown) => {
        tell({ kind: 'failed', message: messageOf(error) });
        process.exit(1);
      },
    );
  });
  tell({ kind: 'ready', addresses: running.addresses });
} catch (error) {
  tell({ kind: 'failed', message: messageOf(error) });
  process.exitCode = 1;
  parentPort?.close();
}
