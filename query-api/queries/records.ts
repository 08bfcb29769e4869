import { QueryApiError } from '../errors.ts';
import type { GivenFilter, TimeRange } from './filters.ts';
import { filterConditions, filterParameters, timeCondition } from './filters.ts';
import type { SummaryFact } from './fact-select.ts';
import { selectSummary } from './fact-select.ts';
import type { SealedPosition } from '../sealed-position.ts';
import { asOfCondition } from '../sealed-position.ts';
import type { Condition, RecordReader, Statement } from './statement.ts';
import { tenantStatement } from './statement.ts';
import type { SignedRow } from './supersede.ts';
import { currentRows } from './supersede.ts';

/** One row of `records`, facts as `fact-select.ts` gives them. */
export type RecordRow = SignedRow & {
  readonly logId: string;
  readonly leafIndex: number;
  readonly kind: string;
  readonly timeUs: number;
} & Readonly<Record<Exclude<SummaryFact, 'timeUs'>, string | number | null | readonly string[]>>;

export type RecordsQuery = {
  readonly tenant: string;
  readonly range: TimeRange;
  readonly given: readonly GivenFilter[];
  readonly position: SealedPosition;
  /** The last row of the page before; rows after it in (time, call id) descending are given. */
  readonly after?: Place;
};

/** A row's place in the list's order. */
export type Place = { readonly timeUs: number; readonly callId: string };

/**
 * Rows newest first, both signs. Fast because the sort key is (tenant, time): with the tenant fixed, ClickHouse reads backwards from
 * the window's end and stops at LIMIT; a −1 row lies beside the row it takes back, because it repeats its time.
 */
export function recordsStatement(query: RecordsQuery, rowsMax: number): Statement {
  return tenantStatement({
    tenant: query.tenant,
    select:
      `lower(hex(call_id)) AS callId, revision, sign, kind, ` +
      `log_id AS logId, leaf_index AS leafIndex, ${selectSummary()}`,
    table: 'records',
    where: [
      timeCondition(query.range),
      ...(query.after ? [afterCondition(query.after)] : []),
      asOfCondition(query.position),
      ...filterConditions(filterParameters, query.given),
    ],
    rest: {
      sql: `ORDER BY time DESC, call_id DESC, revision DESC, sign DESC\nLIMIT {rowsMax:UInt32}`,
      params: { rowsMax },
    },
  });
}

/** A page of current records; `next` is where the page after it begins, absent when the window is read to its end. */
export type RecordsPage = {
  readonly rows: readonly RecordRow[];
  readonly next?: Place;
};

/**
 * Up to `count` current records, newest first. Superseded rows are dropped after the filters, so a page of raw rows can hold fewer
 * current ones: it reads on until the page is full or the window is read.
 */
export async function readRecords(
  store: RecordReader,
  query: RecordsQuery,
  count: number,
): Promise<RecordsPage> {
  const found: RecordRow[] = [];
  let after = query.after;
  // One row in ten is superseded and brings two, and one more row says whether there is a next page.
  let rowsMax = Math.ceil(count * 1.25) + 16;
  for (let reads = 0; reads < READS_MAX; reads++) {
    const asked = after ? { ...query, after } : query;
    const rows = await store.query<RecordRow>(recordsStatement(asked, rowsMax));
    const whole = rows.length < rowsMax ? rows : wholeCalls(rows);
    found.push(...currentRows(whole));
    if (found.length > count) return cutPage(found, count);
    if (rows.length < rowsMax) return { rows: found };
    const last = whole.at(-1);
    if (last) after = { timeUs: last.timeUs, callId: last.callId };
    rowsMax = Math.min(rowsMax * 2, ROWS_MAX);
  }
  // Where it did not get on, a cursor would lead to the same place for ever.
  if (!after || after === query.after)
    throw new QueryApiError('QUERY_TOO_LARGE', 'One call has too many revisions to list.');
  return { rows: found, next: after };
}

function cutPage(found: readonly RecordRow[], count: number): RecordsPage {
  const rows = found.slice(0, count);
  const last = rows.at(-1);
  return last ? { rows, next: { timeUs: last.timeUs, callId: last.callId } } : { rows };
}

/** Doubling from 16 rows at least, this reads over 100,000 raw rows before it gives a shorter page, with a cursor. */
const READS_MAX = 16;
const ROWS_MAX = 16_384;

/** Without the last call of a full page: its −1 rows may stand on the next one. */
function wholeCalls(rows: readonly RecordRow[]): readonly RecordRow[] {
  const last = rows.at(-1);
  if (!last) return rows;
  const cut = rows.findIndex((row) => row.timeUs === last.timeUs && row.callId === last.callId);
  return rows.slice(0, cut);
}

function afterCondition({ timeUs, callId }: Place): Condition {
  // The first comparison is implied by the second, and is what the primary key can use.
  const time = `fromUnixTimestamp64Micro({afterUs:Int64}, 'UTC')`;
  return {
    sql: `time <= ${time} AND (time < ${time} OR call_id < unhex({afterCall:String}))`,
    params: { afterUs: timeUs, afterCall: callId },
  };
}
