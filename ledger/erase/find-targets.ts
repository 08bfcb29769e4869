import type { RecordStore } from '../../record-store/clickhouse.ts';
import { readLeaf } from '../../schemas/leaf-record.ts';
import { ANNEX_FIELD } from '../leaf.ts';
import type { RedactedRecord } from './erasure-events.ts';

/** Home traces of one round. */
const TRACES_MAX = 500;
/** Leaves that are looked at at once. */
const LEAVES_MAX = 2_000;

export type Subject = { readonly tenant: string; readonly principals: readonly string[] };

/**
 * The next home traces of a person, in order behind `after`: those of every record that names them as user, in whatever revision. A trace has one key, so
 * that all payloads of these traces go, whoever's they are.
 */
export async function tracesOf(
  store: RecordStore,
  { tenant, principals }: Subject,
  after: string,
): Promise<readonly string[]> {
  const sql = `SELECT DISTINCT lower(hex(trace_id)) AS trace FROM waybill.records
    WHERE tenant = {tenant:String} AND (user IN {people:Array(String)} OR on_behalf_of IN {people:Array(String)})
      AND trace > {after:String} ORDER BY trace LIMIT {most:UInt32}`;
  const params = { tenant, people: principals, after, most: TRACES_MAX };
  const rows = await store.query<{ trace: string }>({ sql, params });
  return rows.map(({ trace }) => trace);
}

/** Everybody whom the traces of a person name: all of a trace's values have one key, and go together. */
export async function peopleBeside(
  store: RecordStore,
  { tenant, principals }: Subject,
): Promise<ReadonlySet<string>> {
  const sql = `SELECT DISTINCT arrayJoin([user, on_behalf_of]) AS id FROM waybill.records
    WHERE tenant = {tenant:String} AND trace_id IN (
      SELECT trace_id FROM waybill.records WHERE tenant = {tenant:String}
        AND (user IN {people:Array(String)} OR on_behalf_of IN {people:Array(String)}))`;
  const params = { tenant, people: principals };
  const rows = await store.query<{ id: string }>({ sql, params });
  return new Set(rows.map(({ id }) => id));
}

export type Targets = {
  readonly records: readonly RedactedRecord[];
  /** Up to which leaf of each log they are told. */
  readonly told: Readonly<Record<string, number>>;
  /** Whether there may be more behind them. */
  readonly isCut: boolean;
};

type LeafRow = { readonly logId: string; readonly at: number; readonly leaf: string };

/** The next records of these traces that commit to values, from the leaves on that were told before: those of at most `LEAVES_MAX` leaves. */
export async function targetsOf(
  store: RecordStore,
  { tenant, traces }: { readonly tenant: string; readonly traces: readonly string[] },
  told: Readonly<Record<string, number>>,
): Promise<Targets> {
  const sql = `SELECT log_id AS logId, leaf_index AS at, leaf FROM waybill.leaves
    WHERE tenant = {tenant:String} AND leaf_index >= transform(log_id, {logs:Array(String)}, {from:Array(UInt64)}, toUInt64(0))
      AND (log_id, leaf_index) IN (
      SELECT log_id, leaf_index FROM waybill.records WHERE tenant = {tenant:String}
        AND trace_id IN (SELECT toFixedString(unhex(arrayJoin({traces:Array(String)})), 16)))
    ORDER BY log_id, leaf_index LIMIT {most:UInt32}`;
  // A list is to have an item, and no log is named so.
  const logs = ['', ...Object.keys(told)];
  const from = logs.map((log) => told[log] ?? 0);
  const params = { tenant, traces, logs, from, most: LEAVES_MAX };
  const rows = await store.query<LeafRow>({ sql, params });
  const records: RedactedRecord[] = [];
  const reached: Record<string, number> = { ...told };
  for (const row of rows) {
    reached[row.logId] = Math.max(reached[row.logId] ?? 0, row.at + 1);
    const target = await targetOf(store, row);
    if (target) records.push(target);
  }
  return { records, told: reached, isCut: rows.length === LEAVES_MAX };
}

async function targetOf(store: RecordStore, row: LeafRow): Promise<RedactedRecord | undefined> {
  const { record, trimmed } = readLeaf(row.leaf);
  if (record === undefined) return undefined;
  // What a trimmed leaf commits to is told whole by its annex.
  const whole = trimmed ? (readLeaf(await annexOf(store, row)).record ?? record) : record;
  const fields = whole.payload.flatMap(({ name, commitment }) =>
    commitment === null ? [] : [{ name, commitment }],
  );
  return fields.length > 0 ? { recordId: record.recordId, fields } : undefined;
}

async function annexOf(store: RecordStore, { logId, at, leaf }: LeafRow): Promise<string> {
  const sql = `SELECT value FROM waybill.payloads
    WHERE log_id = {log:String} AND leaf_index = {at:UInt64} AND field = {field:String}`;
  const params = { log: logId, at, field: ANNEX_FIELD };
  const [row] = await store.query<{ value: string }>({ sql, params });
  return row?.value ?? leaf;
}

/** Where values are deleted: every server that holds rows, and the database in which it holds them. */
export type ValueServers = { readonly servers: readonly RecordStore[]; readonly database: string };

/**
 * Takes the values of these traces out of the search copy, and waits until it is done on every server. A log's rows lie on one shard, so that each
 * server knows its own. What a trimmed leaf left out stays: it holds no value.
 */
export async function deleteValues(
  { servers, database }: ValueServers,
  { tenant, traces }: { readonly tenant: string; readonly traces: readonly string[] },
): Promise<void> {
  const ids = traces.map((trace) => {
    if (!/^[0-9a-f]{32}$/.test(trace)) throw new TypeError('a trace id has 32 hex digits');
    return `toFixedString(unhex('${trace}'), 16)`;
  });
  const name = `'${tenant.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
  for (const server of servers) {
    await server.command(`ALTER TABLE ${database}.payloads DELETE
      WHERE tenant = ${name} AND field != '${ANNEX_FIELD}' AND (log_id, leaf_index) IN (
        SELECT log_id, leaf_index FROM ${database}.records WHERE tenant = ${name} AND trace_id IN (${ids.join(', ')}))
      SETTINGS mutations_sync = 2`);
  }
}

/** Parts of the search copy that were replaced and are still on a server's disk, with what was deleted from them. */
export async function replacedParts({
  servers,
  database,
}: ValueServers): Promise<readonly string[]> {
  const sql = `SELECT name FROM system.parts
    WHERE database = {database:String} AND table = 'payloads' AND NOT active ORDER BY name`;
  const found: string[] = [];
  for (const [at, server] of servers.entries()) {
    const rows = await server.query<{ name: string }>({ sql, params: { database } });
    found.push(...rows.map(({ name }) => `${at}/${name}`));
  }
  return found;
}
