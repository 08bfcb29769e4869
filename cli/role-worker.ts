import { parentPort, workerData } from 'node:worker_threads';
import type { RoleConfig, RoleName } from './role-starts.ts';
import { startTraced } from './start-traced.ts';

/** Which role a worker thread runs, and its configuration: a plain value. */
export type RoleOrder = { readonly role: RoleName; readonly config: RoleConfig };

/** What the thread tells the one that started it. It is told `stop` in turn. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly addresses: Readonly<Record<string, string>> }
  | { readonly kind: 'failed'; readonly message: string };

function tell(message: FromWorker): void {
  parentPort?.postMessage(message, []);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  const { role, config } = workerData as RoleOrder;
  const running = await startTraced(role, config, process.env);
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
