import type { Dimension } from './dimensions.ts';
import type { GivenFilter, TimeRange } from './filters.ts';
import { filterConditions, filterParameters, timeCondition } from './filters.ts';
import type { SealedPosition } from '../sealed-position.ts';
import { asOfCondition } from '../sealed-position.ts';
import type { Statement } from './statement.ts';
import { tenantStatement } from './statement.ts';

/** What totals by dimension are asked by. */
export type GroupsQuery = {
  readonly tenant: string;
  readonly range: TimeRange;
  readonly given: readonly GivenFilter[];
  /** None for the total over all groups. */
  readonly dimensions: readonly Dimension[];
  readonly position: SealedPosition;
};

/** `d0` … are the dimensions' values; `total` and `groups` count over all groups, those beyond the limit too. */
export type CountRow = {
  readonly d0: string;
  readonly d1?: string;
  readonly d2?: string;
  readonly records: number;
  readonly total: number;
  readonly groups: number;
};

/**
 * Exact counts of current records: a −1 row repeats the columns of the row it takes back, so it stands in the same group and the
 * sum of signs is the count. Fast because the window is a range of the sort key (tenant, time) and only the named columns are read.
 */
export function countsStatement(query: GroupsQuery, rowsMax: number): Statement {
  const names = query.dimensions.map((_, at) => `d${at}`);
  const inner = tenantStatement({
    tenant: query.tenant,
    select: [
      ...query.dimensions.map(({ expression }, at) => `${expression} AS d${at}`),
      'sum(sign) AS records',
    ].join(', '),
    table: 'records',
    where: [
      timeCondition(query.range),
      asOfCondition(query.position),
      ...filterConditions(filterParameters, query.given),
    ],
    rest: { sql: `GROUP BY ${names.join(', ')}\nHAVING records != 0`, params: { rowsMax } },
  });
  return {
    sql:
      `SELECT *, sum(records) OVER () AS total, count() OVER () AS groups FROM (\n${inner.sql}\n)\n` +
      `ORDER BY records DESC, ${names.join(', ')}\nLIMIT {rowsMax:UInt32}`,
    params: inner.params,
  };
}
