import { createHash } from 'node:crypto';
import type { QueryApi } from '../../../query-api/api.ts';
import { parseQueryApiConfig } from '../../../query-api/config.ts';
import { createMetrics } from '../../../query-api/metrics.ts';
import type { AuditRead } from '../../../query-api/trail/read-trail.ts';
import type { RecordReader, Statement } from '../../../query-api/queries/statement.ts';
import type { Credential, ReaderRole } from '../../../registry/credentials.ts';
import { builtInPolicy } from '../../../redaction/policy/policy.ts';
import { ringOf } from '../../../registry/key-ring.ts';
import { createTenantRedactor } from '../../../registry/tenant-redactor.ts';
import { MIDNIGHT_MS } from './made-records.ts';

/** Keys as sent, by what they are for. */
export const keys = {
  auditor: 'wb_auditor',
  finops: 'wb_finops',
  operator: 'wb_operator',
  privacy: 'wb_privacy',
  otherAuditor: 'wb_other',
  producer: 'wb_producer',
} as const;

export const credentials: readonly Credential[] = [
  reader('auditor', 'acme', 'auditor', keys.auditor),
  reader('privacy', 'acme', 'privacy', keys.privacy),
  reader('finops', 'acme', 'finops', keys.finops),
  reader('operator', 'acme', 'operator', keys.operator),
  reader('other', 'umbra', 'auditor', keys.otherAuditor),
  {
    keyId: 'producer',
    sha256: sha256(keys.producer),
    tenant: 'acme',
    use: 'producer',
    producer: 'producer',
    trust: 'application',
  },
];

export const MASTER_KEY = Buffer.alloc(32, 7);

const builtInRedactor = createTenantRedactor(ringOf(MASTER_KEY), 'acme', builtInPolicy);

export type MadeApi = QueryApi & { readonly reads: AuditRead[] };

/** A query API on the reader given, at the end of the day that the made records begin with. */
export function madeApi(store: RecordReader, over: Partial<QueryApi> = {}): MadeApi {
  const reads: AuditRead[] = [];
  return {
    reads,
    store,
    log: {
      append: () => Promise.resolve(),
      partitions: 4,
      read: () => Promise.resolve([]),
      range: () => Promise.resolve({ start: 0, end: 10 }),
      inspect: async () => ({ position: () => 4, getState: () => undefined, scanState: () => [] }),
    },
    trail: {
      record: (read) => {
        reads.push(read);
        return Promise.resolve();
      },
    },
    downSinceMs: () => null,
    directory: { nameOf: () => undefined },
    credentials: () => credentials,
    keys: ringOf(MASTER_KEY),
    policies: { inForce: () => ({ redactor: builtInRedactor, version: undefined }) },
    nowMs: () => MIDNIGHT_MS + 86_400_000,
    limits: parseQueryApiConfig({
      credentialsFile: 'c',
      masterKeyFile: 'm',
      logDirectory: 'l',
      store: { url: 'http://localhost', username: 'reader', passwordFile: 'p' },
    }).limits,
    metrics: createMetrics(),
    ...over,
  };
}

/** A store of five leaves that gives the same rows to every other question, and remembers the questions. */
export function fakeStore(rows: readonly unknown[] = []): RecordReader & {
  readonly asked: Statement[];
} {
  const asked: Statement[] = [];
  return {
    asked,
    query: <Row>(statement: Statement) => {
      asked.push(statement);
      const isPosition = statement.sql.startsWith('SELECT * FROM (SELECT log_id');
      const answer = isPosition ? [{ log: 'records/p0/e0', size: 5 }] : rows;
      return Promise.resolve(answer as readonly Row[]);
    },
  };
}

export const as = (key: string) => ({ authorization: `Bearer ${key}` });

function reader(keyId: string, tenant: string, role: ReaderRole, key: string): Credential {
  return { keyId, sha256: sha256(key), tenant, use: 'reader', role };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
