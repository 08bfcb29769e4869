import { objectSchema, text, textOrNull } from '../answer-schema.ts';
import type { Answer, Input, QueryApi, Reader, Route } from '../api.ts';
import { QueryApiError } from '../errors.ts';
import { querystringSchema } from '../filter-schema.ts';
import { proveHead } from '../make-proof.ts';
import { META_LOG_ID, readHeadAt } from '../queries/checkpoints.ts';
import type { LeafSpan, LeafText, LeafValue } from '../queries/ranges.ts';
import { leafHashesStatement, leafTextsStatement, leafValuesStatement } from '../queries/ranges.ts';
import { rangeBefore } from '../range-before.ts';
import { knownLogs } from './checkpoints.ts';

/** Leaves of one answer: at most 8 MiB of leaves, and their values. */
const LEAVES_MAX = 2_000;
const LEAVES_DEFAULT = 500;

const count = { type: 'integer', minimum: 0 } as const;

/** A part of a log as a verifier reads ranges, page by page: what stands before it, its leaves, the signed head at its end. */
export function rangeRoute(): Route {
  return {
    path: '/v1/range',
    permission: 'reads',
    summary: 'Leaves of a log one after the other, with what proves that they are all of it',
    schema: {
      querystring: querystringSchema(
        {
          log: { type: 'string', maxLength: 128, description: 'e.g. records/p0/e0 or meta/e0' },
          first: { ...count, default: 0, description: 'index of the first leaf' },
          size: {
            ...count,
            description: 'of the signed head at the end; default: the newest that is proved',
          },
          limit: { type: 'integer', minimum: 1, maximum: LEAVES_MAX, default: LEAVES_DEFAULT },
        },
        ['log'],
      ),
      answer: objectSchema({
        logId: text,
        first: { type: 'integer' },
        size: { type: 'integer', description: 'of the checkpoint' },
        before: { type: 'array', items: text, description: 'base64: the tree before `first`' },
        checkpoint: text,
        meta: { ...textOrNull, description: '`.tlog-proof` of the checkpoint in the meta log' },
        leaves: {
          type: 'array',
          items: {
            type: 'object',
            required: ['index', 'hash'],
            properties: {
              index: { type: 'integer' },
              hash: { type: 'string', description: 'base64' },
              leaf: { type: 'string', description: 'left out where it is another tenant’s' },
              body: text,
              fields: {
                type: 'array',
                items: objectSchema({ name: text, salt: text, value: text }),
              },
            },
          },
        },
      }),
    },
    mistakes: (api, { query }) =>
      knownLogs(api).includes(String(query['log'])) ? [] : ['log: there is no such log'],
    answer: answerRange,
  };
}

async function answerRange(api: QueryApi, reader: Reader, { query }: Input): Promise<Answer> {
  const logId = String(query['log']);
  const first = Number(query['first'] ?? 0);
  const limit = Number(query['limit'] ?? LEAVES_DEFAULT);
  const asked = query['size'] === undefined ? undefined : Number(query['size']);
  const head = await headOf(api, logId, first, asked);
  const span = { logId, first, end: Math.min(head.size, first + limit) };
  const leaves = await leavesOf(api, logId === META_LOG_ID ? '' : reader.tenant, span);
  const before = await rangeBefore(api.store, { logId, size: head.size }, first);
  const { size, checkpoint, meta } = head;
  return {
    body: { logId, first, size, before, checkpoint, meta, leaves },
    rows: leaves.length,
    asked: { log: logId, first, size: asked, payload: true },
  };
}

type RangeEnd = {
  readonly size: number;
  readonly checkpoint: string;
  readonly meta: string | null;
};

/** The head that the range ends with. Once the first page told one, the others are asked for up to its size. */
async function headOf(
  api: QueryApi,
  logId: string,
  first: number,
  size: number | undefined,
): Promise<RangeEnd> {
  if (size === undefined) return proveHead(api.store, logId, first + 1);
  const head = await readHeadAt(api.store, logId, size);
  if (head && head.size > first) return { size: head.size, checkpoint: head.note, meta: null };
  throw new QueryApiError('NOT_FOUND', `No head of that log was signed at ${size}.`);
}

async function leavesOf(
  api: QueryApi,
  tenant: string,
  span: LeafSpan,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const hashes = await api.store.query<{ at: number; hash: string }>(leafHashesStatement(span));
  const texts = await api.store.query<LeafText>(leafTextsStatement(tenant, span));
  const values = await valuesOf(api, tenant, span, texts);
  const textAt = new Map(texts.map((row) => [row.at, row]));
  return hashes.map(({ at, hash }) => {
    const known = textAt.get(at);
    if (known === undefined) return { index: at, hash };
    const own = values.get(at) ?? [];
    const body = own.find(({ name }) => name === BODY);
    return {
      index: at,
      hash,
      leaf: known.leaf,
      ...(body ? { body: Buffer.from(body.value, 'base64').toString('utf8') } : {}),
      fields: own
        .filter(({ name }) => name !== BODY)
        .map(({ name, salt, value }) => ({ name, salt, value })),
    };
  });
}

/** The body of a control event of which the leaf has the digest alone: see `ledger/read-control.ts`. */
const BODY = '$body';
const DAY_US = 86_400_000_000;

async function valuesOf(
  api: QueryApi,
  tenant: string,
  span: LeafSpan,
  texts: readonly LeafText[],
): Promise<ReadonlyMap<number, readonly LeafValue[]>> {
  if (texts.length === 0 || tenant === '') return new Map();
  const times = texts.map(({ appendTimeUs }) => appendTimeUs);
  const earliest = times.reduce((a, b) => Math.min(a, b));
  const latest = times.reduce((a, b) => Math.max(a, b));
  const window = { fromUs: Math.max(0, earliest - 12 * DAY_US), toUs: latest + DAY_US };
  const rows = await api.store.query<LeafValue>(leafValuesStatement(tenant, span, window));
  return Map.groupBy(rows, ({ at }) => at);
}
