import { join } from 'node:path';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { EventLog } from '../../../event-log/event-log.ts';
import { openFileTraceKeys } from '../../../key-store/file-trace-keys.ts';
import type { TraceKeyMaker } from '../../../key-store/trace-key-maker.ts';
import { openTraceKeyMaker } from '../../../key-store/trace-key-maker.ts';
import type { TraceKeys } from '../../../key-store/trace-keys.ts';
import { readSecretKey } from '../../../registry/master-key.ts';
import { tenantKey } from '../../../registry/tenant-keys.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { openStore } from '../../../record-store/clickhouse.ts';
import { startEngine } from '../../../record-store/engine.ts';
import { readPassword } from '../../../record-store/passwords.ts';

/** Opens log and store of a stopped pipeline, to look at what is on its disk. */
export async function inspectStopped<T>(
  dataDir: string,
  look: (
    log: EventLog,
    store: RecordStore,
    traceKeys: TraceKeys,
    maker: TraceKeyMaker,
  ) => Promise<T>,
): Promise<T> {
  const log = await openEmbeddedLog({ folder: join(dataDir, 'log') });
  const keysFolder = join(dataDir, 'keys');
  const masterKey = await readSecretKey(join(keysFolder, 'master.key'));
  const kept = {
    folder: join(keysFolder, 'traces'),
    wrappingKey: (tenant: string) => tenantKey(masterKey, tenant, 'trace'),
  };
  const traceKeys = await openFileTraceKeys(kept);
  const maker = await openTraceKeyMaker(kept);
  const limits = { querySecondsMax: 120 };
  const engine = await startEngine({ folder: join(dataDir, 'store'), keysFolder, limits });
  const { username, passwordFile } = engine.credentials.reader;
  const password = await readPassword(passwordFile);
  const store = openStore({ url: engine.url, username, password, requestTimeoutMsMax: 240_000 });
  try {
    return await look(log, store, traceKeys, maker);
  } finally {
    await store.close();
    await engine.stop();
    await traceKeys.close();
    await maker.close();
    await log.close();
  }
}
