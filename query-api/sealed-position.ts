import type { Condition } from './queries/statement.ts';

/**
 * As of what a question is answered: how many leaves of each log are sealed and queryable. Leaves are inserted after the rows that
 * are derived from them, so every row below the size is there.
 */
export type SealedPosition = Readonly<Record<string, number>>;

/** Log ids whose records can be asked for: one a partition of the event log, and those of what was declared and of who read what. */
export function logIds(partitions: number): readonly string[] {
  const logs = Array.from({ length: partitions }, (_, partition) => recordsLog(partition));
  return [...logs, 'registry/p0/e0', 'reads/p0/e0'];
}

/** The log that the records of a partition are sealed in. */
export function recordsLog(partition: number): string {
  return `records/p${partition}/e0`;
}

/** Rows sealed at the position, later ones not. */
export function asOfCondition(position: SealedPosition): Condition {
  const params: Record<string, string | number> = {};
  const logs = Object.entries(position).filter(([, size]) => size > 0);
  const sql = logs.map(([log, size], at) => {
    params[`log${at}`] = log;
    params[`size${at}`] = size;
    return `(log_id = {log${at}:String} AND leaf_index < {size${at}:UInt64})`;
  });
  return { sql: sql.join(' OR ') || '0', params };
}
