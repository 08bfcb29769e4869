import type { RecordReader, Statement } from './statement.ts';
import { tenantStatement } from './statement.ts';

/** Leaves of one log and minute of append time in the store. */
export type StoredWindow = {
  readonly logId: string;
  readonly startMs: number;
  readonly leaves: number;
};

/** Fast because an append time is a column of its own: a day of a million leaves is a few megabytes. */
export function storedWindowsStatement(tenant: string, range: StoredRange): Statement {
  return tenantStatement({
    tenant,
    select:
      'log_id AS logId, intDiv(toUnixTimestamp64Milli(append_time), 60000) * 60000 AS startMs, ' +
      'count() AS leaves',
    table: 'leaves',
    where: [logsCondition(range.logs), timeCondition(range)],
    rest: { sql: 'GROUP BY logId, startMs', params: {} },
  });
}

export type StoredRange = {
  readonly logs: readonly string[];
  readonly sinceMs: number;
  readonly untilMs: number;
};

/** A hole in a tenant's dense numbers of one log: the leaves right before and behind it. */
export type StoredHole = {
  readonly before: number;
  readonly behind: number;
  readonly missing: number;
};

/** Holes in the tenant's stream of a log. Asked only where counts part. */
export function holesStatement(tenant: string, logId: string): Statement {
  const neighbours = tenantStatement({
    tenant,
    select:
      'leaf_index, seq, leadInFrame(leaf_index, 1, leaf_index) OVER w AS next_index, ' +
      'leadInFrame(seq, 1, seq + 1) OVER w AS next_seq',
    table: 'leaves',
    where: [{ sql: 'log_id = {log:String}', params: { log: logId } }],
    rest: {
      sql: 'WINDOW w AS (ORDER BY seq ASC ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)',
      params: {},
    },
  });
  return {
    sql:
      'SELECT leaf_index AS before, next_index AS behind, next_seq - seq - 1 AS missing ' +
      `FROM (${neighbours.sql}) WHERE next_seq > seq + 1 ORDER BY before LIMIT ${HOLES_MAX}`,
    params: neighbours.params,
  };
}

const HOLES_MAX = 100;

/** First and last of the tenant's leaves of a log. */
export function endsStatement(tenant: string, logId: string): Statement {
  return tenantStatement({
    tenant,
    select:
      'min(leaf_index) AS first, min(seq) AS firstSeq, max(leaf_index) AS last, count() AS leaves',
    table: 'leaves',
    where: [{ sql: 'log_id = {log:String}', params: { log: logId } }],
    rest: { sql: '', params: {} },
  });
}

export type StoredEnds = {
  readonly first: number;
  readonly firstSeq: number;
  readonly last: number;
  readonly leaves: number;
};

export async function readStoredWindows(
  store: RecordReader,
  tenant: string,
  range: StoredRange,
): Promise<readonly StoredWindow[]> {
  return store.query<StoredWindow>(storedWindowsStatement(tenant, range));
}

function logsCondition(logs: readonly string[]) {
  return { sql: 'log_id IN {logs:Array(String)}', params: { logs } };
}

function timeCondition({ sinceMs, untilMs }: StoredRange) {
  return {
    sql: 'append_time >= fromUnixTimestamp64Milli({since:Int64}) AND append_time < fromUnixTimestamp64Milli({until:Int64})',
    params: { since: sinceMs, until: untilMs },
  };
}
