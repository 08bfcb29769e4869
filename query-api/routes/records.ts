import {
  summarySchema,
  asOfAnswer,
  namesAnswer,
  objectSchema,
  textOrNull,
} from '../answer-schema.ts';
import type { Answer, Input, QueryApi, Reader, Route } from '../api.ts';
import {
  askedOf,
  asOfToken,
  givenFilters,
  namesOf,
  positionOf,
  rangeMistakes,
  timeRangeOf,
  tokenKey,
} from '../ask.ts';
import type { QueryApiLimits } from '../config.ts';
import type { ListCursor, TokenBinding } from '../cursor.ts';
import { openToken, sealToken, TOKEN_LENGTH_MAX } from '../cursor.ts';
import { QueryApiError } from '../errors.ts';
import {
  asOfProperty,
  filterProperties,
  limitProperty,
  querystringSchema,
  timeProperties,
} from '../filter-schema.ts';
import type { GivenFilter } from '../queries/filters.ts';
import { filterParameters } from '../queries/filters.ts';
import { principalsOf, summaryOfRow } from '../present-record.ts';
import { readRecords } from '../queries/records.ts';

/** Search: current records, newest first, page by page as of one sealed position. */
export function recordsRoute(limits: QueryApiLimits): Route {
  return {
    path: '/v1/records',
    permission: 'records',
    summary: 'Current records, newest first',
    schema: {
      querystring: querystringSchema({
        ...filterProperties(filterParameters),
        ...timeProperties,
        ...asOfProperty,
        ...limitProperty(limits.pageRowsMax, limits.pageRowsDefault),
        cursor: {
          type: 'string',
          minLength: 1,
          maxLength: TOKEN_LENGTH_MAX,
          description: '`nextCursor` of the page before, with the same filters',
        },
      }),
      answer: objectSchema({
        asOf: asOfAnswer,
        records: { type: 'array', items: summarySchema },
        nextCursor: { ...textOrNull, description: 'for the next page; null on the last one' },
        names: namesAnswer,
      }),
    },
    mistakes: (api, { query }) => rangeMistakes(api, query),
    answer: answerRecords,
  };
}

async function answerRecords(api: QueryApi, reader: Reader, { query }: Input): Promise<Answer> {
  const given = givenFilters(api, reader, filterParameters, query);
  const binding = cursorBinding(reader, given, query);
  const start = await startOf(api, reader, query, binding);
  const { position, range, after } = start;
  const { tenant } = reader;
  const limit = Number(query['limit']);
  const asked = { tenant, range, given, position, ...(after ? { after } : {}) };
  const page = await readRecords(api.store, asked, limit);
  const records = page.rows.map(summaryOfRow);
  const cursor: ListCursor | undefined = page.next && { position, ...range, ...page.next };
  return {
    body: {
      asOf: asOfToken(api, reader, position),
      records,
      nextCursor: cursor ? sealToken(tokenKey(api, reader), binding, cursor) : null,
      names: namesOf(api, reader, principalsOf(records)),
    },
    rows: records.length,
    asked: askedOf(given, query),
  };
}

/** Where the page begins: after the cursor's last row and as of its position, else at the window's end and now. */
async function startOf(
  api: QueryApi,
  reader: Reader,
  query: Input['query'],
  binding: TokenBinding,
) {
  const token = query['cursor'];
  if (typeof token !== 'string') {
    return {
      position: await positionOf(api, reader, query),
      range: timeRangeOf(api, query),
      after: undefined,
    };
  }
  const opened = openToken(tokenKey(api, reader), binding, token);
  if (!opened) {
    throw new QueryApiError(
      'CURSOR_INVALID',
      'The cursor is not one of ours, was altered, or came with other filters.',
    );
  }
  // Nobody but this room makes a token that opens.
  const { position, fromUs, toUs, timeUs, callId } = opened as ListCursor;
  return { position, range: { fromUs, toUs }, after: { timeUs, callId } };
}

/** The cursor holds with these filters only. The window is in the cursor itself, because an absent bound means another time later. */
function cursorBinding(
  reader: Reader,
  given: readonly GivenFilter[],
  query: Input['query'],
): TokenBinding {
  const filters = JSON.stringify([given, query['from'] ?? null, query['to'] ?? null]);
  return { purpose: 'cursor', tenant: reader.tenant, filters };
}
