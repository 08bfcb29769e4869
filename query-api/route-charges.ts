import {
  asOfAnswer,
  decimal,
  namesAnswer,
  objectSchema,
  text,
  textOrNull,
} from './answer-schema.ts';
import type { Answer, Input, QueryApi, Reader, Route } from './api.ts';
import {
  askedOf,
  asOfToken,
  givenFilters,
  namesOf,
  positionOf,
  rangeMistakes,
  timeRangeOf,
} from './ask.ts';
import type { QueryApiLimits } from './config.ts';
import { chargeDimensions } from './dimensions.ts';
import { QueryApiError } from './errors.ts';
import {
  asOfProperty,
  filterProperties,
  limitProperty,
  querystringSchema,
  timeProperties,
} from './filter-schema.ts';
import { chargeFilterParameters } from './filters.ts';
import { foldCharges, totalCharges } from './fold-charges.ts';
import type { ChargeRow } from './query-charges.ts';
import { chargesStatement } from './query-charges.ts';
import { byProperty, dimensionMistakes, dimensionsOf } from './route-counts.ts';

/** What current charges come to, by up to three dimensions. */
export function chargesRoute(limits: QueryApiLimits): Route {
  return {
    path: '/v1/charges',
    permission: 'charges',
    summary: 'Totals of charges by dimension',
    schema: {
      querystring: querystringSchema(
        {
          by: byProperty(chargeDimensions),
          ...filterProperties(chargeFilterParameters),
          ...timeProperties,
          ...asOfProperty,
          ...limitProperty(limits.groupRowsMax, limits.groupRowsDefault),
        },
        ['by'],
      ),
      answer: objectSchema({
        asOf: asOfAnswer,
        charges: {
          type: 'array',
          items: objectSchema({
            group: { type: 'object', additionalProperties: textOrNull },
            ...totalsProperties,
          }),
        },
        total: { ...objectSchema(totalsProperties), description: 'over all groups' },
        truncated: { type: 'boolean', description: 'true when not all groups are given' },
        names: namesAnswer,
      }),
    },
    mistakes: (api, { query }) => [
      ...rangeMistakes(api, query),
      ...dimensionMistakes(chargeDimensions, query),
    ],
    answer: answerCharges,
  };
}

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

/** Rows read for each group that may be given: currencies and units. Hitting it is an error, because a group could be cut in two. */
const ROWS_A_GROUP = 4;

async function answerCharges(api: QueryApi, reader: Reader, { query }: Input): Promise<Answer> {
  const { tenant } = reader;
  const dimensions = dimensionsOf(chargeDimensions, query);
  const given = givenFilters(api, reader, chargeFilterParameters, query);
  const position = await positionOf(api, reader, query);
  const asked = { tenant, range: timeRangeOf(api, query), given, position };
  const limit = Number(query['limit']);
  const rowsMax = api.limits.groupRowsMax * ROWS_A_GROUP;
  const [rows, totals] = await Promise.all([
    api.store.query<ChargeRow>(chargesStatement({ ...asked, dimensions }, rowsMax)),
    api.store.query<ChargeRow>(chargesStatement({ ...asked, dimensions: [] }, rowsMax)),
  ]);
  if (rows.length === rowsMax) {
    throw new QueryApiError('QUERY_TOO_LARGE', 'There are too many groups of charges to sum.');
  }
  const groups = foldCharges(rows, dimensions);
  const charges = groups.slice(0, limit);
  return {
    body: {
      asOf: asOfToken(api, reader, position),
      charges,
      total: totalCharges(totals),
      truncated: groups.length > limit,
      names: namesOf(
        api,
        reader,
        charges.map(({ group }) => group['user']),
      ),
    },
    rows: charges.length,
    asked: askedOf(given, query),
  };
}
