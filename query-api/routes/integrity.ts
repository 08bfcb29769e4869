import { auditKey, auditorRole, parseAuditProgress } from '../../schemas/state-keys.ts';
import { objectSchema, textOrNull } from '../answer-schema.ts';
import type { Answer, QueryApi, Reader, Route } from '../api.ts';
import { controlLeafSchema, readControlLeaves } from '../control-leaves.ts';
import { querystringSchema } from '../filter-schema.ts';

/** What the auditor has read again, and the leaves that tell what it found. */
export function integrityRoute(): Route {
  const count = { type: 'integer' };
  const auditor = objectSchema({
    at: textOrNull,
    rounds: count,
    leaves: { ...count, description: 'leaves that were read again, some of them more than once' },
    rows: count,
    findings: { ...count, description: 'of the whole deployment, since the first start' },
    trouble: { ...textOrNull, description: 'why the last round could not be finished' },
  });
  return {
    path: '/v1/integrity',
    permission: 'reconciliation',
    summary: 'What the auditor has looked at, and what it found, the newest first',
    schema: {
      querystring: querystringSchema({}),
      answer: objectSchema({
        auditor: { oneOf: [auditor, { type: 'null' }] },
        findings: { type: 'array', items: controlLeafSchema },
      }),
    },
    mistakes: () => [],
    answer: answerIntegrity,
  };
}

async function answerIntegrity(api: QueryApi, { tenant }: Reader): Promise<Answer> {
  const stored = (await api.log.inspect(auditorRole, 0)).getState(auditKey);
  const progress = stored && parseAuditProgress(stored);
  const findings = await readControlLeaves(api.store, tenant, 'integrity_found');
  const auditor = progress === undefined ? null : shown(progress);
  return { body: { auditor, findings }, rows: findings.length, asked: {} };
}

function shown({ atMs, ...rest }: NonNullable<ReturnType<typeof parseAuditProgress>>) {
  return { at: atMs === 0 ? null : new Date(atMs).toISOString(), ...rest };
}
