import { readLeaf } from '../../schemas/leaf-record.ts';
import {
  asOfAnswer,
  namesAnswer,
  objectSchema,
  schemaOf,
  summarySchema,
  text,
  textOrNull,
} from '../answer-schema.ts';
import type { Answer, Input, QueryApi, Reader, Route } from '../api.ts';
import { asOfToken, namesOf, positionOf, rangeMistakes, timeRangeOf } from '../ask.ts';
import type { QueryApiLimits } from '../config.ts';
import { QueryApiError } from '../errors.ts';
import { asOfProperty, querystringSchema, timeProperties } from '../filter-schema.ts';
import { summaryOfLeaf } from '../present-record.ts';
import { principalsIn } from '../principals-in.ts';
import { readLeaves } from '../queries/leaves.ts';
import { readRecords } from '../queries/records.ts';
import type { TraceNode, TraceTree } from '../trace-tree.ts';
import { traceTree } from '../trace-tree.ts';

/** One trace as a tree: users, agents, and what they called. */
export function traceRoute(limits: QueryApiLimits): Route {
  return {
    path: '/v1/traces/:traceId',
    permission: 'records',
    summary: `A trace as a tree of at most ${limits.traceRecordsMax} calls`,
    schema: {
      params: objectSchema({ traceId: { type: 'string', pattern: '^[0-9a-f]{32}$' } }),
      querystring: querystringSchema({ ...timeProperties, ...asOfProperty }),
      answer: objectSchema({
        asOf: asOfAnswer,
        traceId: text,
        records: { type: 'integer' },
        truncated: { type: 'boolean', description: 'true when the trace has more records' },
        users: {
          type: 'array',
          items: objectSchema({
            kind: { const: 'user' },
            user: textOrNull,
            grade: schemaOf('Grade'),
            children: { type: 'array', items: nodeSchema },
          }),
        },
        names: namesAnswer,
      }),
    },
    mistakes: (api, { query }) => rangeMistakes(api, query),
    answer: answerTrace,
  };
}

const nodeSchema = {
  type: 'object',
  description:
    'an agent (`kind: agent`, with agent, service, version, grade) or a record (`kind: record`, with record); `children` are such nodes again',
  properties: {
    kind: { enum: ['agent', 'record'] },
    agent: { ...textOrNull, description: 'as filters take it' },
    service: { ...textOrNull, description: 'tells agents of one name apart' },
    version: textOrNull,
    grade: schemaOf('Grade'),
    record: summarySchema,
    children: { type: 'array', items: { type: 'object', additionalProperties: true } },
  },
};

async function answerTrace(api: QueryApi, reader: Reader, input: Input): Promise<Answer> {
  const traceId = String(input.params['traceId']);
  const { tenant } = reader;
  const { traceRecordsMax } = api.limits;
  const position = await positionOf(api, reader, input.query);
  const given = [{ parameter: 'trace', values: [traceId] }];
  const asked = { tenant, range: timeRangeOf(api, input.query), given, position };
  const page = await readRecords(api.store, asked, traceRecordsMax);
  if (page.rows.length === 0) {
    throw new QueryApiError('NOT_FOUND', 'There is no record of this trace in the time asked for.');
  }
  const places = page.rows.map((row) => ({ logId: row.logId, leafIndex: row.leafIndex }));
  const leaves = await readLeaves(api.store, { tenant, places });
  const records = leaves.flatMap(({ leaf }) => readLeaf(leaf).record ?? []);
  return {
    body: {
      asOf: asOfToken(api, reader, position),
      ...presentTree(traceTree(traceId, records, page.next !== undefined)),
      records: records.length,
      names: namesOf(api, reader, records.flatMap(principalsIn)),
    },
    rows: records.length,
    asked: { trace: traceId },
  };
}

function presentTree({ traceId, users, truncated }: TraceTree) {
  const presented = users.map((user) => ({ ...user, children: user.children.map(presentNode) }));
  return { traceId, truncated, users: presented };
}

function presentNode(node: TraceNode): object {
  const children = node.children.map(presentNode);
  return node.kind === 'agent'
    ? { ...node, children }
    : { ...node, record: summaryOfLeaf(node.record), children };
}
