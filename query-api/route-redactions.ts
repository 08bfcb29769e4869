import { asOfAnswer, namesAnswer, objectSchema, textOrNull } from './answer-schema.ts';
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
import { redactionDimensions } from './dimensions.ts';
import {
  asOfProperty,
  filterProperties,
  limitProperty,
  querystringSchema,
  timeProperties,
} from './filter-schema.ts';
import { filterParameters } from './filters.ts';
import { groupOf } from './fold-charges.ts';
import type { RedactionRow } from './query-redactions.ts';
import { redactionsStatement } from './query-redactions.ts';
import { byProperty, dimensionMistakes, dimensionsOf } from './route-counts.ts';

/** What redaction did, by up to three dimensions: the receipts of all records together. */
export function redactionsRoute(limits: QueryApiLimits): Route {
  return {
    path: '/v1/redactions',
    permission: 'counts',
    summary: 'What redaction replaced in current records, by class, rule, action and more',
    schema: {
      querystring: querystringSchema(
        {
          by: byProperty(redactionDimensions),
          ...filterProperties(filterParameters),
          ...timeProperties,
          ...asOfProperty,
          ...limitProperty(limits.groupRowsMax, limits.groupRowsDefault),
        },
        ['by'],
      ),
      answer: objectSchema({
        asOf: asOfAnswer,
        redactions: {
          type: 'array',
          items: objectSchema({
            group: { type: 'object', additionalProperties: textOrNull },
            places: { type: 'integer', description: 'how often something was replaced' },
            records: { type: 'integer', description: 'in how many records' },
          }),
        },
        groups: { type: 'integer', description: 'how many groups there are' },
        truncated: { type: 'boolean', description: 'true when not all groups are given' },
        names: namesAnswer,
      }),
    },
    mistakes: (api, { query }) => [
      ...rangeMistakes(api, query),
      ...dimensionMistakes(redactionDimensions, query),
    ],
    answer: answerRedactions,
  };
}

async function answerRedactions(api: QueryApi, reader: Reader, { query }: Input): Promise<Answer> {
  const dimensions = dimensionsOf(redactionDimensions, query);
  const given = givenFilters(api, reader, filterParameters, query);
  const position = await positionOf(api, reader, query);
  const range = timeRangeOf(api, query);
  const statement = redactionsStatement(
    { tenant: reader.tenant, range, given, dimensions, position },
    Number(query['limit']),
  );
  const rows = await api.store.query<RedactionRow>(statement);
  const redactions = rows.map((row) => {
    return { group: groupOf(row, dimensions), places: row.places, records: row.records };
  });
  const groups = rows[0]?.groups ?? 0;
  const users = redactions.map(({ group }) => group['user']);
  return {
    body: {
      asOf: asOfToken(api, reader, position),
      redactions,
      groups,
      truncated: groups > redactions.length,
      names: namesOf(api, reader, users),
    },
    rows: redactions.length,
    asked: askedOf(given, query),
  };
}
