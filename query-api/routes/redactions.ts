import { objectSchema } from '../answer-schema.ts';
import type { QueryApi, Route } from '../api.ts';
import type { QueryApiLimits } from '../config.ts';
import { redactionDimensions } from '../queries/dimensions.ts';
import { filterParameters } from '../queries/filters.ts';
import { groupOf } from '../queries/fold-charges.ts';
import type { Grouped } from './grouped-route.ts';
import { groupAnswer, groupCountAnswer, groupedRoute, truncatedAnswer } from './grouped-route.ts';
import type { GroupsQuery } from '../queries/counts.ts';
import type { RedactionRow } from '../queries/redactions.ts';
import { redactionsStatement } from '../queries/redactions.ts';

/** What redaction did, by up to three dimensions: the receipts of all records together. */
export function redactionsRoute(limits: QueryApiLimits): Route {
  return groupedRoute(limits, {
    path: '/v1/redactions',
    permission: 'counts',
    summary: 'What redaction replaced in current records, by class, rule, action and more',
    dimensions: redactionDimensions,
    filters: filterParameters,
    answer: {
      redactions: {
        type: 'array',
        items: objectSchema({
          group: groupAnswer,
          places: { type: 'integer', description: 'how often something was replaced' },
          records: { type: 'integer', description: 'in how many records' },
        }),
      },
      groups: groupCountAnswer,
      truncated: truncatedAnswer,
    },
    read: readRedactions,
  });
}

async function readRedactions(api: QueryApi, asked: GroupsQuery, limit: number): Promise<Grouped> {
  const rows = await api.store.query<RedactionRow>(redactionsStatement(asked, limit));
  const redactions = rows.map((row) => ({
    group: groupOf(row, asked.dimensions),
    places: row.places,
    records: row.records,
  }));
  const groups = rows[0]?.groups ?? 0;
  return {
    groups: redactions,
    body: { redactions, groups, truncated: groups > redactions.length },
  };
}
