import { objectSchema, text } from '../answer-schema.ts';
import type { Answer, Input, QueryApi, Route } from '../api.ts';
import { QueryApiError } from '../errors.ts';
import { querystringSchema } from '../filter-schema.ts';
import { proveGrowth } from '../make-proof.ts';
import type { HeadRow } from '../queries/checkpoints.ts';
import { readAnchors } from '../read-anchors.ts';
import { META_LOG_ID, readHeadAt, readLatestHeads, readPolicy } from '../queries/checkpoints.ts';
import { logIds } from '../sealed-position.ts';

const headSchema = objectSchema({
  logId: text,
  size: { type: 'integer' },
  note: { type: 'string', description: 'signed note, C2SP tlog-checkpoint' },
});

const anchorSchema = objectSchema({
  name: text,
  size: { type: 'integer', description: 'of the newest head of the meta log that it keeps' },
  behind: { type: 'integer', description: 'leaves of the meta log that it does not cover' },
  keptAt: { type: ['string', 'null'], description: 'when it took it' },
  failures: { type: 'integer', description: 'in a row' },
  trouble: { type: ['string', 'null'], description: 'error code of the last attempt' },
});

/** The signed heads of now, and whom to believe: worth keeping elsewhere, for what is kept elsewhere cannot be rewritten. */
export function checkpointsRoute(): Route {
  return {
    path: '/v1/checkpoints',
    permission: 'proofs',
    summary: 'The latest signed head of each log, who keeps them, and the policy in force',
    schema: {
      querystring: querystringSchema({}),
      answer: objectSchema({
        heads: { type: 'array', items: headSchema },
        policy: text,
        anchors: { type: 'array', items: anchorSchema },
      }),
    },
    mistakes: () => [],
    answer: answerCheckpoints,
  };
}

async function answerCheckpoints(api: QueryApi): Promise<Answer> {
  const heads = await readLatestHeads(api.store, knownLogs(api));
  const policy = (await readPolicy(api.store)) ?? '';
  const metaSize = heads.find(({ logId }) => logId === META_LOG_ID)?.size ?? 0;
  const anchors = await readAnchors(api.log, metaSize);
  return { body: { heads, policy, anchors }, rows: heads.length, asked: {} };
}

/** That a log only grew between two of its signed heads. */
export function consistencyRoute(): Route {
  const size = { type: 'integer', minimum: 0 };
  return {
    path: '/v1/consistency',
    permission: 'proofs',
    summary: 'Consistency proof between two signed heads of a log',
    schema: {
      querystring: querystringSchema(
        {
          log: { type: 'string', maxLength: 128, description: 'e.g. records/p0/e0 or meta/e0' },
          from: { ...size, description: 'size of the earlier head' },
          to: { ...size, description: 'size of the later head' },
        },
        ['log', 'from', 'to'],
      ),
      answer: objectSchema({
        from: headSchema,
        to: headSchema,
        proof: { type: 'array', items: text, description: 'base64 hashes, RFC 6962 §2.1.2' },
      }),
    },
    mistakes: (api, { query }) => [
      ...(knownLogs(api).includes(String(query['log'])) ? [] : ['log: there is no such log']),
      ...(Number(query['from']) <= Number(query['to']) ? [] : ['from: is larger than to']),
    ],
    answer: answerConsistency,
  };
}

async function answerConsistency(api: QueryApi, _reader: unknown, input: Input): Promise<Answer> {
  const { log, from, to } = input.query;
  const logId = String(log);
  const earlier = await headAt(api, logId, Number(from));
  const later = await headAt(api, logId, Number(to));
  const proof = await proveGrowth(api.store, { logId, oldSize: earlier.size, size: later.size });
  return { body: { from: earlier, to: later, proof }, rows: 1, asked: { log, from, to } };
}

async function headAt(api: QueryApi, logId: string, size: number): Promise<HeadRow> {
  const head = await readHeadAt(api.store, logId, size);
  if (!head) throw new QueryApiError('NOT_FOUND', `No head of that log was signed at ${size}.`);
  return head;
}

export function knownLogs(api: QueryApi): readonly string[] {
  return [...logIds(api.log.partitions), META_LOG_ID];
}
