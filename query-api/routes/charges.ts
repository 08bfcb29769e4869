import { decimal, objectSchema, text } from '../answer-schema.ts';
import type { QueryApi, Route } from '../api.ts';
import type { QueryApiLimits } from '../config.ts';
import { chargeDimensions } from '../queries/dimensions.ts';
import { QueryApiError } from '../errors.ts';
import { chargeFilterParameters } from '../queries/filters.ts';
import { foldCharges, totalCharges } from '../queries/fold-charges.ts';
import type { Grouped } from './grouped-route.ts';
import { groupAnswer, groupedRoute, truncatedAnswer } from './grouped-route.ts';
import type { ChargeRow } from '../queries/charges.ts';
import { chargesStatement } from '../queries/charges.ts';
import type { GroupsQuery } from '../queries/counts.ts';

const totalsProperties = {
  amounts: {
    type: 'array',
    description: 'one entry a currency, in billionths of its unit; empty when nothing is priced',
    items: objectSchema({ currency: text, amountNano: decimal }),
  },
  quantities: {
    type: 'array',
    description: 'one entry a unit; `unpriced` of the quantity have no price and are in no amount',
    items: objectSchema({ unit: text, quantity: decimal, unpriced: decimal }),
  },
  charges: { ...decimal, description: 'how many charges' },
};

/** What current charges come to, by up to three dimensions. */
export function chargesRoute(limits: QueryApiLimits): Route {
  return groupedRoute(limits, {
    path: '/v1/charges',
    permission: 'charges',
    summary: 'Totals of charges by dimension',
    dimensions: chargeDimensions,
    filters: chargeFilterParameters,
    answer: {
      charges: { type: 'array', items: objectSchema({ group: groupAnswer, ...totalsProperties }) },
      total: { ...objectSchema(totalsProperties), description: 'over all groups' },
      truncated: truncatedAnswer,
    },
    read: readCharges,
  });
}

/** Rows read for each group that may be given: currencies and units. Hitting it is an error, because a group could be cut in two. */
const ROWS_A_GROUP = 4;

async function readCharges(api: QueryApi, asked: GroupsQuery, limit: number): Promise<Grouped> {
  const rowsMax = api.limits.groupRowsMax * ROWS_A_GROUP;
  const [rows, totals] = await Promise.all([
    api.store.query<ChargeRow>(chargesStatement(asked, rowsMax)),
    api.store.query<ChargeRow>(chargesStatement({ ...asked, dimensions: [] }, rowsMax)),
  ]);
  if (rows.length === rowsMax) {
    throw new QueryApiError('QUERY_TOO_LARGE', 'There are too many groups of charges to sum.');
  }
  const groups = foldCharges(rows, asked.dimensions);
  const charges = groups.slice(0, limit);
  const truncated = groups.length > limit;
  return { groups: charges, body: { charges, total: totalCharges(totals), truncated } };
}
