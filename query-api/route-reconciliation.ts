import { asOfAnswer, objectSchema, text } from './answer-schema.ts';
import type { Answer, QueryApi, Reader, Route } from './api.ts';
import { asOfToken } from './ask.ts';
import { readBuckets, sumBuckets } from './buckets.ts';
import { querystringSchema } from './filter-schema.ts';
import { readLags } from './lag.ts';
import { readPosition } from './query-position.ts';
import { logIds } from './sealed-position.ts';

/** Where every accepted span of the tenant ended, by producer, and how far each stage is behind. */
export function reconciliationRoute(): Route {
  return {
    path: '/v1/reconciliation',
    permission: 'reconciliation',
    summary: 'Accepted spans against where they ended, and the lag of each stage',
    schema: {
      querystring: querystringSchema({}),
      answer: objectSchema({
        asOf: asOfAnswer,
        producers: {
          type: 'array',
          items: objectSchema({
            producer: text,
            accepted: { type: 'integer', description: 'spans that the enricher took from the log' },
            buckets: {
              type: 'object',
              additionalProperties: { type: 'integer' },
              description: 'spans by where they ended',
            },
            sum: { type: 'integer' },
            balanced: { type: 'boolean', description: 'true when sum and accepted are equal' },
          }),
        },
        lag: {
          type: 'array',
          items: objectSchema({
            role: text,
            topic: text,
            partition: { type: 'integer' },
            behind: { type: 'integer', description: 'messages not yet read, at most' },
          }),
        },
      }),
    },
    mistakes: () => [],
    answer: answerReconciliation,
  };
}

async function answerReconciliation(api: QueryApi, reader: Reader): Promise<Answer> {
  const position = await readPosition(api.store, logIds(api.log.partitions));
  const producers = sumBuckets(await readBuckets(api.log, reader.tenant));
  const lag = await readLags(api.log);
  return {
    body: { asOf: asOfToken(api, reader, position), producers, lag },
    rows: producers.length,
    asked: {},
  };
}
