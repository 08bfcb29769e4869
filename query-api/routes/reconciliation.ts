import { asOfAnswer, objectSchema, text, time } from '../answer-schema.ts';
import type { Answer, QueryApi, Reader, Route } from '../api.ts';
import { asOfToken } from '../ask.ts';
import { readBuckets, sumBuckets } from '../reconciliation/buckets.ts';
import { querystringSchema } from '../filter-schema.ts';
import { readHeard } from '../reconciliation/read-reconciled.ts';
import { signsOfLife } from '../reconciliation/signs-of-life.ts';
import { readLags } from '../reconciliation/lag.ts';
import { readPosition } from '../queries/position.ts';
import { logIds } from '../sealed-position.ts';

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
            state: {
              ...text,
              description:
                'sending; silent: it lives and sends nothing; gone: its heartbeats have ended; quiet: it sends nothing, and never sent heartbeats',
            },
            heardAt: { anyOf: [time, { type: 'null' }], description: 'its last spans' },
            heartbeatAt: { anyOf: [time, { type: 'null' }], description: 'its last heartbeat' },
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
  const heard = new Map(
    (await readHeard(api.log, reader.tenant)).map((each) => [each.producer, each]),
  );
  const producers = sumBuckets(await readBuckets(api.log, reader.tenant)).map((account) => ({
    ...account,
    ...signsOfLife(heard.get(account.producer), api.nowMs()),
  }));
  const lag = await readLags(api.log);
  return {
    body: { asOf: asOfToken(api, reader, position), producers, lag },
    rows: producers.length,
    asked: {},
  };
}
