import type { SealedPosition } from '../sealed-position.ts';
import type { RecordReader, Statement } from './statement.ts';

/**
 * The last leaf of each log. Fast because `leaves` is sorted by (log_id, leaf_index): read backwards with LIMIT 1, each branch reads
 * one granule a part; a GROUP BY over all logs would read every index.
 *
 * The size of a log is the only thing asked without a tenant: it is a place, holds nothing of anybody, and leaves this process only
 * encrypted (cursor.ts).
 */
export function positionStatement(logs: readonly string[]): Statement {
  const params: Record<string, string> = {};
  const branches = logs.map((log, at) => {
    params[`log${at}`] = log;
    return (
      `SELECT * FROM (SELECT log_id AS log, leaf_index + 1 AS size FROM waybill.leaves ` +
      `WHERE log_id = {log${at}:String} ORDER BY log_id DESC, leaf_index DESC LIMIT 1)`
    );
  });
  return { sql: branches.join('\nUNION ALL\n'), params };
}

/** The sealed sizes now. Logs without a leaf are left out. */
export async function readPosition(
  store: RecordReader,
  logs: readonly string[],
): Promise<SealedPosition> {
  const rows = await store.query<{ log: string; size: number }>(positionStatement(logs));
  return Object.fromEntries(rows.map(({ log, size }) => [log, size]));
}
