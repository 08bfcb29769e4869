import { filterConditions, filterParameters, timeCondition } from './filters.ts';
import type { GroupsQuery } from './counts.ts';
import { asOfCondition } from '../sealed-position.ts';
import type { Statement } from './statement.ts';
import { tenantStatement } from './statement.ts';

/** `d0` … are the dimensions' values; `places` is how often something was replaced, in how many current `records`. */
export type RedactionRow = {
  readonly d0: string;
  readonly d1?: string;
  readonly d2?: string;
  readonly places: number;
  readonly records: number;
  readonly groups: number;
};

/**
 * What redaction did in current records. A −1 row repeats the lists of the row it takes back, so sums with the sign are exact. Fast
 * because the window is a range of the sort key (tenant, time) and only the named columns are read.
 */
export function redactionsStatement(query: GroupsQuery, rowsMax: number): Statement {
  const names = query.dimensions.map((_, at) => `d${at}`).join(', ');
  const inner = tenantStatement({
    tenant: query.tenant,
    select: [
      'call_id',
      'arrayJoin(arrayZip(redactions, redaction_counts)) AS entry',
      ...query.dimensions.map(({ expression }, at) => `${expression} AS d${at}`),
      'sum(sign * entry.2) AS found',
    ].join(', '),
    table: 'records',
    where: [
      timeCondition(query.range),
      asOfCondition(query.position),
      ...filterConditions(filterParameters, query.given),
    ],
    rest: { sql: `GROUP BY call_id, entry, ${names}\nHAVING found > 0`, params: { rowsMax } },
  });
  return {
    sql:
      `SELECT ${names}, sum(found) AS places, uniqExact(call_id) AS records, count() OVER () AS groups\n` +
      `FROM (\n${inner.sql}\n)\n` +
      `GROUP BY ${names}\nORDER BY places DESC, ${names}\nLIMIT {rowsMax:UInt32}`,
    params: inner.params,
  };
}
