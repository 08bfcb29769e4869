import { join } from 'node:path';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { EventLog } from '../../../event-log/event-log.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { openStore } from '../../../record-store/clickhouse.ts';
import { startEngine } from '../../../record-store/engine.ts';
import { readPassword } from '../../../record-store/passwords.ts';

/** Opens log and store of a stopped pipeline, to look at what is on its disk. */
export async function inspectStopped<T>(
  dataDir: string,
  look: (log: EventLog, store: RecordStore) => Promise<T>,
): Promise<T> {
  const log = await openEmbeddedLog({ folder: join(dataDir, 'log') });
  const keysFolder = join(dataDir, 'keys');
  const limits = { querySecondsMax: 120 };
  const engine = await startEngine({ folder: join(dataDir, 'store'), keysFolder, limits });
  const { username, passwordFile } = engine.credentials.reader;
  const password = await readPassword(passwordFile);
  const store = openStore({ url: engine.url, username, password, requestTimeoutMsMax: 240_000 });
  try {
    return await look(log, store);
  } finally {
    await store.close();
    await engine.stop();
    await log.close();
  }
}
