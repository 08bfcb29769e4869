import type { Condition, RecordReader, Statement } from './statement.ts';
import { tenantStatement } from './statement.ts';

/** Where a leaf stands. */
export type LeafPlace = { readonly logId: string; readonly leafIndex: number };

export type LeafRow = LeafPlace & {
  readonly callId: string;
  readonly revision: number;
  readonly seq: number;
  /** 64 hex digits. */
  readonly leafHash: string;
  /** The canonical JSON that is sealed. */
  readonly leaf: string;
};

/** Leaves by their place. Fast because `leaves` is sorted by (log_id, leaf_index): a point read each. */
export function leavesStatement(tenant: string, places: readonly LeafPlace[]): Statement {
  return tenantStatement({
    tenant,
    select:
      `log_id AS logId, leaf_index AS leafIndex, lower(hex(call_id)) AS callId, revision, seq, ` +
      `lower(hex(leaf_hash)) AS leafHash, leaf`,
    table: 'leaves',
    where: [placesCondition(places)],
    rest: { sql: `LIMIT ${LEAVES_MAX}`, params: {} },
  });
}

export async function readLeaves(
  store: RecordReader,
  ask: { readonly tenant: string; readonly places: readonly LeafPlace[] },
): Promise<readonly LeafRow[]> {
  if (ask.places.length === 0) return [];
  return store.query<LeafRow>(leavesStatement(ask.tenant, ask.places));
}

export const LEAVES_MAX = 10_000;

function placesCondition(places: readonly LeafPlace[]): Condition {
  const byLog = new Map<string, number[]>();
  for (const { logId, leafIndex } of places) {
    byLog.set(logId, [...(byLog.get(logId) ?? []), leafIndex]);
  }
  const params: Record<string, string | readonly number[]> = {};
  const sql = [...byLog].map(([log, indexes], at) => {
    params[`log${at}`] = log;
    params[`leaves${at}`] = indexes;
    return `(log_id = {log${at}:String} AND leaf_index IN {leaves${at}:Array(UInt64)})`;
  });
  return { sql: sql.join(' OR ') || '0', params };
}
