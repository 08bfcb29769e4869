import { randomUUID } from 'node:crypto';
import { RegistryError } from '../../registry/errors.ts';
import { parseRetention, policyOf } from '../../registry/retention-document.ts';
import { objectSchema, text, textOrNull } from '../answer-schema.ts';
import type { Answer, QueryApi, Reader, Route } from '../api.ts';
import { controlLeafSchema, readControlLeaves } from '../control-leaves.ts';
import { CONTROL_LOG_ID } from '../erasure-evidence.ts';
import { QueryApiError } from '../errors.ts';
import { querystringSchema } from '../filter-schema.ts';
import type { ControlRoute } from './erasures.ts';
import { tenantStatement } from '../queries/statement.ts';

const DOCUMENT_CHARS_MAX = 64 * 1024;

const document = {
  type: 'string',
  minLength: 1,
  maxLength: DOCUMENT_CHARS_MAX,
  description: 'the policy, YAML',
};

/** What is declared of retention, and a run by hand. */
export const retentionControls: readonly ControlRoute[] = [
  {
    path: '/v1/retention',
    summary: 'Declare how long records are kept; a policy that contradicts itself is refused',
    body: objectSchema({ document }),
    event: (_api, _reader, { document: yaml = '' }) => ({
      type: 'retention_declared',
      body: policyOf(readPolicy(yaml)),
    }),
  },
  {
    path: '/v1/retention/runs',
    summary: 'Carry the policy in force out now',
    body: objectSchema({}),
    event: () => ({ type: 'retention_requested', body: { runId: randomUUID() } }),
  },
];

function readPolicy(yaml: string): ReturnType<typeof parseRetention> {
  try {
    return parseRetention(yaml);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const { code, message } = error;
    const isContradiction = code === 'RETENTION_CONTRADICTS';
    throw new QueryApiError(isContradiction ? code : 'PARAMETERS_INVALID', message, error);
  }
}

/** The policy in force, and the leaves that tell of its runs. */
export function retentionRoute(): Route {
  const policy = objectSchema({ version: { type: 'integer' }, document: text });
  return {
    path: '/v1/retention',
    permission: 'erasures',
    summary: 'The retention policy in force, and its runs, the newest first',
    schema: {
      querystring: querystringSchema({}),
      answer: objectSchema({
        policy: { oneOf: [policy, { type: 'null' }] },
        logId: textOrNull,
        runs: { type: 'array', items: controlLeafSchema },
      }),
    },
    mistakes: () => [],
    answer: answerRetention,
  };
}

type PolicyRow = { readonly version: number; readonly document: string };

async function answerRetention({ store }: QueryApi, { tenant }: Reader): Promise<Answer> {
  const [policy] = await store.query<PolicyRow>(
    tenantStatement({
      tenant,
      select: 'version, document',
      table: 'registry',
      where: [{ sql: `kind = 'retention'`, params: {} }],
      rest: { sql: 'ORDER BY version DESC LIMIT 1', params: {} },
    }),
  );
  const runs = await readControlLeaves(store, tenant, 'retention_applied');
  const body = { policy: policy ?? null, logId: CONTROL_LOG_ID, runs };
  return { body, rows: runs.length, asked: {} };
}
