import type { RecordStore } from '../../record-store/clickhouse.ts';
import { openStore } from '../../record-store/clickhouse.ts';
import { FRONT, SHARD } from '../../record-store/layout.ts';
import { readPassword } from '../../record-store/passwords.ts';
import type { LedgerConfig } from '../config.ts';
import type { ValueServers } from './find-targets.ts';

/** The store as a user that may delete payloads. */
export type EraserStores = {
  readonly store: RecordStore;
  readonly values: ValueServers;
  close(): Promise<void>;
};

export async function openEraser(
  { store, insertWaitMsMax }: LedgerConfig,
  { username, passwordFile, servers }: NonNullable<LedgerConfig['eraser']>,
): Promise<EraserStores> {
  const password = await readPassword(passwordFile);
  const open = (url: string): RecordStore =>
    openStore({ url, username, password, requestTimeoutMsMax: 10 * insertWaitMsMax });
  const front = open(store.url);
  const each = servers.map(open);
  return {
    store: front,
    values:
      each.length > 0 ? { servers: each, database: SHARD } : { servers: [front], database: FRONT },
    close: async () => {
      await Promise.all([front, ...each].map(async (one) => one.close()));
    },
  };
}
