import type { RecordReader, Statement } from './statement.ts';

/** A signed head of a log's tree. */
export type HeadRow = { readonly logId: string; readonly size: number; readonly note: string };

/** The log of the other logs' heads and of the policies; see `ledger/read-checkpoint.ts`. */
export const META_LOG_ID = 'meta/e0';
const POLICY_CALL_ID = 'ff'.repeat(16);

// Heads, the meta log and its policies are nobody's: they are asked for without a tenant, and hold sizes and hashes only.

/** The newest heads of a log that cover `sizeMin` leaves. Fast because `checkpoints` is sorted by (log_id, size). */
export async function readHeads(
  store: RecordReader,
  ask: { readonly logId: string; readonly sizeMin: number; readonly headsMax: number },
): Promise<readonly HeadRow[]> {
  const { logId, sizeMin, headsMax } = ask;
  const sql = `SELECT DISTINCT log_id AS logId, size, note FROM waybill.checkpoints
    WHERE log_id = {log:String} AND size >= {sizeMin:UInt64} ORDER BY size DESC LIMIT {headsMax:UInt32}`;
  return store.query<HeadRow>({ sql, params: { log: logId, sizeMin, headsMax } });
}

/** The head of a log at exactly this size. */
export async function readHeadAt(
  store: RecordReader,
  logId: string,
  size: number,
): Promise<HeadRow | undefined> {
  const sql = `SELECT log_id AS logId, size, note FROM waybill.checkpoints
    WHERE log_id = {log:String} AND size = {size:UInt64} LIMIT 1`;
  const [row] = await store.query<HeadRow>({ sql, params: { log: logId, size } });
  return row;
}

/** The newest head of each log. */
export async function readLatestHeads(
  store: RecordReader,
  logs: readonly string[],
): Promise<readonly HeadRow[]> {
  const sql = `SELECT log_id AS logId, max(checkpoints.size) AS size, argMax(note, checkpoints.size) AS note
    FROM waybill.checkpoints WHERE log_id IN {logs:Array(String)} GROUP BY log_id ORDER BY log_id`;
  return store.query<HeadRow>({ sql, params: { logs } });
}

/** Where in the meta log a head is sealed; undefined while it is not yet. Fast by the bloom filter over call ids. */
export async function readMetaIndex(
  store: RecordReader,
  noteDigest: string,
): Promise<number | undefined> {
  const [row] = await store.query<{ at: number }>(metaLeaf('leaf_index AS at', noteDigest, 'ASC'));
  return row?.at;
}

/** The policy in force: the last that the meta log seals. */
export async function readPolicy(store: RecordReader): Promise<string | undefined> {
  const [row] = await store.query<{ leaf: string }>(metaLeaf('leaf', POLICY_CALL_ID, 'DESC'));
  return row?.leaf;
}

function metaLeaf(select: string, callId: string, order: 'ASC' | 'DESC'): Statement {
  const sql = `SELECT ${select} FROM waybill.leaves WHERE log_id = {log:String}
    AND call_id = toFixedString(unhex({callId:String}), 16) ORDER BY leaf_index ${order} LIMIT 1`;
  return { sql, params: { log: META_LOG_ID, callId } };
}
