import { mkdir } from 'node:fs/promises';
import { lockFolder } from '../event-log/folder-lock.ts';
import { readClients } from '../inner-http/clients.ts';
import { serve } from '../inner-http/serve.ts';
import { openFileTraceKeys } from '../key-store/file-trace-keys.ts';
import type { TraceKeys } from '../key-store/trace-keys.ts';
import { readSecretKey } from '../registry/master-key.ts';
import { tenantKey } from '../registry/tenant-keys.ts';
import type { RunningRole } from '../schemas/role.ts';
import { answer } from './answer.ts';
import type { KeyKeeperConfig } from './config.ts';

/** Starts the keeper of one folder of trace keys, for enrichers and ledgers on other machines. It is the folder's only writer. */
export async function startKeyKeeper(config: KeyKeeperConfig): Promise<RunningRole> {
  const clients = await readClients(config.clients);
  await mkdir(config.traceKeysFolder, { recursive: true, mode: 0o700 });
  const lock = lockFolder(config.traceKeysFolder);
  let keys: TraceKeys | undefined;
  const close = async (): Promise<void> => {
    await keys?.close();
    lock.release();
  };
  try {
    const masterKey = await readSecretKey(config.masterKeyFile);
    const opened = await openFileTraceKeys({
      folder: config.traceKeysFolder,
      wrappingKey: (tenant) => tenantKey(masterKey, tenant, 'trace'),
    });
    keys = opened;
    return await serve(config, {
      role: 'key-keeper',
      address: 'keyKeeper',
      answer: async (request) => answer(opened, clients, request),
      close,
    });
  } catch (error) {
    await close();
    throw error;
  }
}
