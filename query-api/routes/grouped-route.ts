import { asOfAnswer, namesAnswer, objectSchema, textOrNull } from '../answer-schema.ts';
import type { Answer, Input, QueryApi, Reader, Route } from '../api.ts';
import {
  askedOf,
  asOfToken,
  givenFilters,
  namesOf,
  positionOf,
  rangeMistakes,
  timeRangeOf,
} from '../ask.ts';
import type { QueryApiLimits } from '../config.ts';
import type { Dimension } from '../queries/dimensions.ts';
import { DIMENSIONS_MAX, readDimensions } from '../queries/dimensions.ts';
import { QueryApiError } from '../errors.ts';
import {
  asOfProperty,
  filterProperties,
  limitProperty,
  querystringSchema,
  timeProperties,
} from '../filter-schema.ts';
import type { FilterParameter } from '../queries/filters.ts';
import type { GroupsQuery } from '../queries/counts.ts';

/** A route that gives totals by up to three dimensions, as of a position. */
export type GroupedRoute = Pick<Route, 'path' | 'permission' | 'summary'> & {
  readonly dimensions: readonly Dimension[];
  readonly filters: readonly FilterParameter[];
  /** Schemas of what the answer has between `asOf` and `names`. */
  readonly answer: Readonly<Record<string, object>>;
  read(api: QueryApi, asked: GroupsQuery, limit: number): Promise<Grouped>;
};

/** The groups, and the answer that they are part of. */
export type Grouped = {
  readonly groups: readonly { readonly group: Readonly<Record<string, string | null>> }[];
  readonly body: Readonly<Record<string, unknown>>;
};

export const groupAnswer = { type: 'object', additionalProperties: textOrNull };
export const groupCountAnswer = { type: 'integer', description: 'how many groups there are' };
export const truncatedAnswer = {
  type: 'boolean',
  description: 'true when not all groups are given',
};

export function groupedRoute(limits: QueryApiLimits, grouped: GroupedRoute): Route {
  const { path, permission, summary, dimensions, filters, answer } = grouped;
  return {
    path,
    permission,
    summary,
    schema: {
      querystring: querystringSchema(
        {
          by: byProperty(dimensions),
          ...filterProperties(filters),
          ...timeProperties,
          ...asOfProperty,
          ...limitProperty(limits.groupRowsMax, limits.groupRowsDefault),
        },
        ['by'],
      ),
      answer: objectSchema({ asOf: asOfAnswer, ...answer, names: namesAnswer }),
    },
    mistakes: (api, { query }) => [
      ...rangeMistakes(api, query),
      ...dimensionMistakes(dimensions, query),
    ],
    answer: (api, reader, input) => answerGroups(grouped, api, reader, input),
  };
}

async function answerGroups(
  grouped: GroupedRoute,
  api: QueryApi,
  reader: Reader,
  { query }: Input,
): Promise<Answer> {
  const dimensions = dimensionsOf(grouped.dimensions, query);
  const given = givenFilters(api, reader, grouped.filters, query);
  const position = await positionOf(api, reader, query);
  const range = timeRangeOf(api, query);
  const asked = { tenant: reader.tenant, range, given, dimensions, position };
  const { groups, body } = await grouped.read(api, asked, Number(query['limit']));
  const users = groups.map(({ group }) => group['user']);
  return {
    body: { asOf: asOfToken(api, reader, position), ...body, names: namesOf(api, reader, users) },
    rows: groups.length,
    asked: askedOf(given, query),
  };
}

function byProperty(known: readonly Dimension[]): object {
  const names = known.map(({ name }) => name).join(', ');
  return {
    type: 'string',
    maxLength: 100,
    description: `one to ${DIMENSIONS_MAX} of ${names}, with commas between`,
  };
}

function dimensionMistakes(known: readonly Dimension[], query: Input['query']): readonly string[] {
  if (typeof query['by'] !== 'string') return [];
  const dimensions = readDimensions(known, query['by']);
  return typeof dimensions === 'string' ? [dimensions] : [];
}

function dimensionsOf(known: readonly Dimension[], query: Input['query']): readonly Dimension[] {
  const dimensions = readDimensions(known, String(query['by']));
  if (typeof dimensions === 'string') throw new QueryApiError('PARAMETERS_INVALID', dimensions);
  return dimensions;
}
