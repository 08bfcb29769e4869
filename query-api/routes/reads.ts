import { asOfAnswer, objectSchema, text, time } from '../answer-schema.ts';
import type { Answer, Input, QueryApi, Reader, Route } from '../api.ts';
import { asOfToken, positionOf, rangeMistakes, timeRangeOf } from '../ask.ts';
import type { QueryApiLimits } from '../config.ts';
import {
  asOfProperty,
  limitProperty,
  querystringSchema,
  timeProperties,
} from '../filter-schema.ts';
import { timeCondition } from '../queries/filters.ts';
import { asOfCondition } from '../sealed-position.ts';
import { tenantStatement } from '../queries/statement.ts';
import { timeOfMicros } from '../time-text.ts';

const READS_DEFAULT = 100;

/** Who read what: the trail of reads is itself asked, and leaves a trace in turn. */
export function readsRoute(limits: QueryApiLimits): Route {
  return {
    path: '/v1/reads',
    permission: 'reads',
    summary: 'Who read what, newest first',
    schema: {
      querystring: querystringSchema({
        ...timeProperties,
        ...asOfProperty,
        ...limitProperty(limits.pageRowsMax, READS_DEFAULT),
        key: { type: 'string', maxLength: 128, description: 'id of the key that read' },
      }),
      answer: objectSchema({
        asOf: asOfAnswer,
        reads: {
          type: 'array',
          items: objectSchema({
            time,
            keyId: text,
            role: text,
            route: text,
            parameters: { type: 'object', description: 'as asked, people by principal id' },
            rows: { type: 'integer' },
          }),
        },
        truncated: { type: 'boolean', description: 'true when there are more: ask with `to`' },
      }),
    },
    mistakes: (api, { query }) => rangeMistakes(api, query),
    answer: answerReads,
  };
}

type ReadRow = {
  readonly timeUs: number;
  readonly keyId: string;
  readonly role: string;
  readonly route: string;
  readonly parameters: string;
  readonly rows: number;
};

async function answerReads(api: QueryApi, reader: Reader, { query }: Input): Promise<Answer> {
  const position = await positionOf(api, reader, query);
  const { key } = query;
  const limit = Number(query['limit'] ?? READS_DEFAULT);
  const byKey = { sql: 'key_id = {key:String}', params: { key: String(key) } };
  const found = await api.store.query<ReadRow>(
    tenantStatement({
      tenant: reader.tenant,
      select:
        'toUnixTimestamp64Micro(time) AS timeUs, key_id AS keyId, role, route, parameters, rows',
      table: 'reads',
      where: [
        timeCondition(timeRangeOf(api, query)),
        asOfCondition(position),
        ...(key === undefined ? [] : [byKey]),
      ],
      rest: {
        sql: 'ORDER BY time DESC, leaf_index DESC LIMIT {limit:UInt32}',
        params: { limit: limit + 1 },
      },
    }),
  );
  const reads = found.slice(0, limit).map(({ timeUs, parameters, ...read }) => {
    return { time: timeOfMicros(timeUs), ...read, parameters: JSON.parse(parameters) as unknown };
  });
  const asked = Object.fromEntries(
    ['from', 'to', 'key', 'limit'].flatMap((name) => {
      return query[name] === undefined ? [] : [[name, query[name]]];
    }),
  );
  return {
    body: { asOf: asOfToken(api, reader, position), reads, truncated: found.length > limit },
    rows: reads.length,
    asked,
  };
}
