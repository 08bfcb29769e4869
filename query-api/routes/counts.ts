import { objectSchema } from '../answer-schema.ts';
import type { QueryApi, Route } from '../api.ts';
import type { QueryApiLimits } from '../config.ts';
import { countDimensions } from '../queries/dimensions.ts';
import { filterParameters } from '../queries/filters.ts';
import { groupOf } from '../queries/fold-charges.ts';
import type { Grouped } from './grouped-route.ts';
import { groupAnswer, groupCountAnswer, groupedRoute, truncatedAnswer } from './grouped-route.ts';
import type { CountRow, GroupsQuery } from '../queries/counts.ts';
import { countsStatement } from '../queries/counts.ts';

/** How many current records, by up to three dimensions. */
export function countsRoute(limits: QueryApiLimits): Route {
  return groupedRoute(limits, {
    path: '/v1/counts',
    permission: 'counts',
    summary: 'Exact counts of current records by dimension',
    dimensions: countDimensions,
    filters: filterParameters,
    answer: {
      counts: {
        type: 'array',
        items: objectSchema({ group: groupAnswer, records: { type: 'integer' } }),
      },
      total: { type: 'integer', description: 'sum over all groups, those not given too' },
      groups: groupCountAnswer,
      truncated: truncatedAnswer,
    },
    read: readCounts,
  });
}

async function readCounts(api: QueryApi, asked: GroupsQuery, limit: number): Promise<Grouped> {
  const rows = await api.store.query<CountRow>(countsStatement(asked, limit));
  const counts = rows.map((row) => ({
    group: groupOf(row, asked.dimensions),
    records: row.records,
  }));
  const groups = rows[0]?.groups ?? 0;
  const total = rows[0]?.total ?? 0;
  return { groups: counts, body: { counts, total, groups, truncated: groups > counts.length } };
}
