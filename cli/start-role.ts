import { Worker } from 'node:worker_threads';
import type { RunningRole } from '../schemas/role.ts';
import type { FromWorker, RoleOrder } from './role-worker.ts';

/**
 * A role's objects live as long as a batch. With a smaller young generation batches would be copied while they are worked on; with a larger
 * one the processor's caches no longer hold what is worked on. Three times the size of a semi-space.
 */
const YOUNG_GENERATION_MIB = 48;

/** Starts a role in a worker thread of its own and relays its life: ready, failed, stopped. */
export async function startRole(order: RoleOrder): Promise<RunningRole> {
  // A native module is unloaded with the last thread that has it, and LMDB's own threads would then run on in memory that is gone:
  // the thread that starts roles holds it for as long as the process lives.
  await import('../event-log/embedded.ts');
  const worker = new Worker(new URL('./role-worker.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
  });
  const ready = Promise.withResolvers<Readonly<Record<string, string>>>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  let stopping: Promise<void> | undefined;
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const fail = (error: Error): void => {
    ready.reject(error);
    failed.reject(error);
  };
  worker.on('message', (message: FromWorker) => {
    switch (message.kind) {
      case 'ready':
        ready.resolve(message.addresses);
        return;
      case 'failed':
        fail(new Error(`${order.role}: ${message.message}`));
        return;
    }
  });
  worker.on('error', (error) =>
    fail(new Error(`${order.role}: ${describe(error)}`, { cause: error })),
  );
  worker.once('exit', (code) => {
    if (stopping === undefined) fail(new Error(`${order.role} ended by itself (${code}).`));
  });
  const addresses = await ready.promise;
  const stop = async (): Promise<void> => {
    worker.postMessage('stop', []);
    await ended;
  };
  return { addresses, failed: failed.promise, stop: () => (stopping ??= stop()) };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
