import { openFileTraceKeys } from '../key-store/file-trace-keys.ts';
import { readPeerAddress } from '../inner-http/peer-settings.ts';
import { openRemoteTraceKeys } from '../key-store/remote-trace-keys.ts';
import type { TraceKeys } from '../key-store/trace-keys.ts';
import { readSecretKey } from '../registry/master-key.ts';
import { tenantKey } from '../registry/tenant-keys.ts';
import type { LedgerConfig } from './config.ts';
import { LedgerError } from './errors.ts';

/** The keys of home traces: of a folder, or of a key keeper. `signal` ends the waiting for a key keeper that is away, of which `onAnswered` is told. */
export async function openTraceKeys(
  config: LedgerConfig,
  signal: AbortSignal,
  onAnswered: (isAnswered: boolean) => void,
): Promise<TraceKeys> {
  const { traceKeysFolder: folder, keyKeeper, masterKeyFile } = config;
  if (keyKeeper) {
    return openRemoteTraceKeys({ ...(await readPeerAddress(keyKeeper)), onAnswered }, signal);
  }
  if (folder === null)
    throw new LedgerError('LEDGER_CONFIG_INVALID', 'traceKeysFolder is missing.');
  const masterKey = await readSecretKey(masterKeyFile);
  return openFileTraceKeys({
    folder,
    wrappingKey: (tenant) => tenantKey(masterKey, tenant, 'trace'),
  });
}
