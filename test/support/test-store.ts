import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordStore } from '../../record-store/clickhouse.ts';
import { openStore } from '../../record-store/clickhouse.ts';
import { startEngine } from '../../record-store/engine.ts';
import type { RunningEngine } from '../../record-store/engine.ts';
import type { StoreUser } from '../../record-store/users.ts';
import { migrate } from '../../record-store/migrate.ts';
import { readPassword } from '../../record-store/passwords.ts';
import type { ColumnValue } from '../../record-store/row-binary.ts';
import { RowBlock } from '../../record-store/row-binary.ts';
import { factColumns } from '../../schemas/record-columns.ts';
import type { AuditRecord, Charge } from '../../schemas/record-types.ts';
import type { Table } from '../../schemas/tables.ts';
import type { SealedLeaf } from '../../siem-exporter/sealed-leaf.ts';

export type TestStore = {
  readonly folder: string;
  readonly engine: RunningEngine;
  as(user: StoreUser): Promise<RecordStore>;
  insert(table: Table, rows: readonly (readonly ColumnValue[])[], token: string): Promise<void>;
  stop(): Promise<void>;
};

/** The real engine on an empty, migrated store in a folder of its own. */
export async function startTestStore(): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-store-'));
  const keysFolder = join(folder, 'keys');
  const engine = await startEngine({ folder: join(folder, 'store'), keysFolder });
  const opened: RecordStore[] = [];
  const as = async (user: StoreUser): Promise<RecordStore> => {
    const password = await readPassword(engine.credentials[user].passwordFile);
    const store = openStore({ url: engine.url, username: user, password });
    opened.push(store);
    return store;
  };
  await migrate(await as('migrator'));
  const writer = await as('writer');
  return {
    folder,
    engine,
    as,
    insert: async (table, rows, token) => {
      const block = new RowBlock(table);
      for (const row of rows) block.add(row);
      await writer.insertRows(table, block.bytes(), { token });
    },
    stop: async () => {
      await Promise.all(opened.map(async (store) => store.close()));
      await engine.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type Placed = { readonly leafIndex: number; readonly sign: 1 | -1; readonly record: AuditRecord };

/** A row of `records`, as the ledger writes it: a row of sign −1 repeats the superseded record under the index of its successor. */
export function recordRow({ leafIndex, sign, record }: Placed): readonly ColumnValue[] {
  return [
    ...placeOf({ leafIndex, sign, record }),
    ...factColumns.map(({ fact }) => {
      const value = record.facts[fact];
      return typeof value === 'boolean' ? Number(value) : value;
    }),
  ];
}

export function chargeRow(placed: Placed, charge: Charge): readonly ColumnValue[] {
  const { facts } = placed.record;
  const { timeUs, team, user, agent, server, tool, model } = facts;
  const { meter, unit, quantity, sku, priceId, currency, amountNano, source } = charge;
  const dimensions = [timeUs, team, user, agent, server, tool, model];
  const measures = [meter, unit, quantity, sku, priceId, currency, amountNano, source];
  return [...placeOf(placed), ...dimensions, ...measures];
}

export function leafRow(leaf: SealedLeaf, record: AuditRecord): readonly ColumnValue[] {
  const { logId, leafIndex, tenant, sequence, appendTimeUs, leafHash } = leaf;
  const { callId, revision } = record;
  return [logId, leafIndex, tenant, sequence, callId, revision, appendTimeUs, leaf.leaf, leafHash];
}

function placeOf({ leafIndex, sign, record }: Placed): readonly ColumnValue[] {
  const { tenant, kind, callId, revision } = record;
  return [tenant, 'records/p0/e0', leafIndex, sign, kind, callId, revision];
}
