import type { RecordStore } from '../../record-store/clickhouse.ts';
import type { Table } from '../../schemas/tables.ts';
import {
  chargesTable,
  payloadsTable,
  readsTable,
  recordsTable,
  registryTable,
} from '../../schemas/tables.ts';
import type {
  AuditedStore,
  DerivedTable,
  HeadRow,
  LeafRow,
  NodeRow,
  PlacedTable,
} from './audited-store.ts';
import { storedTextRow, textColumns } from './text-rows.ts';

const derived: Readonly<Record<DerivedTable, Table>> = {
  records: recordsTable,
  charges: chargesTable,
  payloads: payloadsTable,
  reads: readsTable,
};

/** A store as an auditor reads it, by any user that may select. */
export function storedForAudit(store: Pick<RecordStore, 'query'>): AuditedStore {
  return {
    heads: async (logId) =>
      store.query<HeadRow>({
        sql: `SELECT DISTINCT size, lower(hex(root)) AS root, note FROM waybill.checkpoints
          WHERE log_id = {log:String} ORDER BY size`,
        params: { log: logId },
      }),
    leaves: async (logId, from, to) =>
      store.query<LeafRow>({
        sql: `SELECT leaf_index AS index, tenant, seq, lower(hex(call_id)) AS callId, revision,
          toUnixTimestamp64Micro(append_time) AS appendTimeUs, leaf, lower(hex(leaf_hash)) AS hash
          FROM waybill.leaves WHERE log_id = {log:String} AND ${IN_RANGE} ORDER BY leaf_index`,
        params: { log: logId, from, to },
      }),
    leafEnd: async (logId) => {
      const sql = `SELECT max(leaf_index) + 1 AS end, count() AS n FROM waybill.leaves WHERE log_id = {log:String}`;
      const [row] = await store.query<{ end: number; n: number }>({ sql, params: { log: logId } });
      return row && row.n > 0 ? row.end : 0;
    },
    nodes: async (logId) =>
      store.query<NodeRow>({
        sql: `SELECT level, node_index AS index, lower(hex(hash)) AS hash FROM waybill.nodes WHERE log_id = {log:String}`,
        params: { log: logId },
      }),
    rows: async (table, logId, from, to) => {
      const sql = `SELECT ${textColumns(derived[table])} FROM waybill.${table} AS ${table}
        WHERE ${table}.log_id = {log:String} AND ${IN_RANGE.replaceAll('leaf_index', `${table}.leaf_index`)}`;
      const rows = await store.query<Record<string, unknown>>({
        sql,
        params: { log: logId, from, to },
      });
      return rows.map((row) => storedTextRow(derived[table], row));
    },
    registryRows: async (from, to) => {
      const sql = `SELECT ${textColumns(registryTable)} FROM waybill.registry AS registry
        WHERE registry.version >= {from:Int64} AND registry.version < {to:Int64}`;
      const rows = await store.query<Record<string, unknown>>({ sql, params: { from, to } });
      return rows.map((row) => storedTextRow(registryTable, row));
    },
    tops: async (table) => {
      const sql = `SELECT log_id AS log, max(${topOf[table]}) AS top FROM waybill.${table} GROUP BY log_id`;
      const rows = await store.query<{ log: string; top: number }>({ sql, params: {} });
      return new Map(rows.map(({ log, top }) => [log, top]));
    },
    strays: async (table, logs) => {
      const params: Record<string, string | number> = {};
      const within = logs.map(({ logId, end }, at) => {
        params[`log${at}`] = logId;
        params[`end${at}`] = end;
        const place = placeOf[table].replaceAll('END', `{end${at}:UInt64}`);
        return `(log_id = {log${at}:String} AND ${place})`;
      });
      const sql = `SELECT count() AS n FROM waybill.${table} WHERE NOT (${within.join(' OR ') || '0'})`;
      const [row] = await store.query<{ n: number }>({ sql, params });
      return row?.n ?? 0;
    },
  };
}

const IN_RANGE = 'leaf_index >= {from:UInt64} AND leaf_index < {to:UInt64}';

/** How many leaves a row wants. */
const topOf: Readonly<Record<PlacedTable, string>> = {
  records: 'leaf_index + 1',
  charges: 'leaf_index + 1',
  payloads: 'leaf_index + 1',
  reads: 'leaf_index + 1',
  leaves: 'leaf_index + 1',
  nodes: '(node_index + 1) * toUInt64(pow(2, level))',
  checkpoints: 'size',
};

/** When a row has a place in its log. */
const placeOf: Readonly<Record<PlacedTable, string>> = {
  records: 'leaf_index < END',
  charges: 'leaf_index < END',
  payloads: 'leaf_index < END',
  reads: 'leaf_index < END',
  leaves: 'leaf_index < END',
  nodes: 'level IN (8, 16, 24, 32) AND node_index < intDiv(END, toUInt64(pow(2, level)))',
  checkpoints: 'size <= END',
};
