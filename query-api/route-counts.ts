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
import type { Dimension } from './dimensions.ts';
import { countDimensions, DIMENSIONS_MAX, readDimensions } from './dimensions.ts';
import { QueryApiError } from './errors.ts';
import {
  asOfProperty,
  filterProperties,
  limitProperty,
  querystringSchema,
  timeProperties,
} from './filter-schema.ts';
import { filterParameters } from './filters.ts';
import { groupOf } from './fold-charges.ts';
import type { CountRow } from './query-counts.ts';
import { countsStatement } from './query-counts.ts';

/** How many current records, by up to three dimensions. */
export function countsRoute(limits: QueryApiLimits): Route {
  return {
    path: '/v1/counts',
    permission: 'counts',
    summary: 'Exact counts of current records by dimension',
    schema: {
      querystring: querystringSchema(
        {
          by: byProperty(countDimensions),
          ...filterProperties(filterParameters),
          ...timeProperties,
          ...asOfProperty,
          ...limitProperty(limits.groupRowsMax, limits.groupRowsDefault),
        },
        ['by'],
      ),
      answer: objectSchema({
        asOf: asOfAnswer,
        counts: {
          type: 'array',
          items: objectSchema({
            group: { type: 'object', additionalProperties: textOrNull },
            records: { type: 'integer' },
          }),
        },
        total: { type: 'integer', description: 'records in all groups, those not given too' },
        groups: { type: 'integer', description: 'how many groups there are' },
        truncated: { type: 'boolean', description: 'true when not all groups are given' },
        names: namesAnswer,
      }),
    },
    mistakes: (api, { query }) => [
      ...rangeMistakes(api, query),
      ...dimensionMistakes(countDimensions, query),
    ],
    answer: answerCounts,
  };
}

export function byProperty(known: readonly Dimension[]): object {
  const names = known.map(({ name }) => name).join(', ');
  return {
    type: 'string',
    maxLength: 100,
    description: `one to ${DIMENSIONS_MAX} of ${names}, with commas between`,
  };
}

export function dimensionMistakes(
  known: readonly Dimension[],
  query: Input['query'],
): readonly string[] {
  if (typeof query['by'] !== 'string') return [];
  const dimensions = readDimensions(known, query['by']);
  return typeof dimensions === 'string' ? [dimensions] : [];
}

export function dimensionsOf(
  known: readonly Dimension[],
  query: Input['query'],
): readonly Dimension[] {
  const dimensions = readDimensions(known, String(query['by']));
  if (typeof dimensions === 'string') throw new QueryApiError('PARAMETERS_INVALID', dimensions);
  return dimensions;
}

async function answerCounts(api: QueryApi, reader: Reader, { query }: Input): Promise<Answer> {
  const { tenant } = reader;
  const dimensions = dimensionsOf(countDimensions, query);
  const given = givenFilters(api, reader, filterParameters, query);
  const position = await positionOf(api, reader, query);
  const asked = { tenant, range: timeRangeOf(api, query), given, dimensions, position };
  const statement = countsStatement(asked, Number(query['limit']));
  const rows = await api.store.query<CountRow>(statement);
  const counts = rows.map((row) => ({
    group: groupOf(row, dimensions),
    records: row.records,
  }));
  const groups = rows[0]?.groups ?? 0;
  return {
    body: {
      asOf: asOfToken(api, reader, position),
      counts,
      total: rows[0]?.total ?? 0,
      groups,
      truncated: groups > counts.length,
      names: namesOf(
        api,
        reader,
        counts.map(({ group }) => group['user']),
      ),
    },
    rows: counts.length,
    asked: askedOf(given, query),
  };
}
