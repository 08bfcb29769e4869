import { hashForTest } from './test-keys.ts';
import { createExportAcceptor } from '../../../collector/accept-export.ts';
import type { ExportRewriter } from '../../../collector/accept-export.ts';
import { createAuthenticator } from '../../../collector/authenticate.ts';
import { createByteBudget } from '../../../collector/byte-budget.ts';
import { createGroupComposer } from '../../../collector/compose-group.ts';
import { createSpanNumbering } from '../../../collector/number-spans.ts';
import { parseCollectorConfig } from '../../../collector/config.ts';
import { createGroupCommit } from '../../../collector/group-commit.ts';
import { createCollectorMetrics } from '../../../collector/metrics.ts';
import type { ReceiverParts } from '../../../collector/receive-http.ts';
import type { NewMessage } from '../../../event-log/event-log.ts';
import type { Signal } from '../../../schemas/topics.ts';
import { OtlpError } from '../../../otlp/errors.ts';
import { createClientTokens } from '../../../registry/client-tokens.ts';
import type { Credential } from '../../../registry/credentials.ts';

export const producerKey = 'wb_producer';
export const readerKey = 'wb_reader';

const credentials: readonly Credential[] = [
  {
    keyId: 'app',
    use: 'producer',
    sha256: hashForTest(producerKey),
    tenant: 'acme',
    producer: 'app',
    trust: 'application',
  },
  {
    keyId: 'mesh',
    use: 'producer',
    certificate: 'URI:spiffe://acme/agents/billing',
    tenant: 'acme',
    producer: 'mesh',
    trust: 'application',
  },
  {
    keyId: 'client',
    use: 'producer',
    client: { issuer: 'https://id.example.com/realms/acme', clientId: 'billing' },
    tenant: 'acme',
    producer: 'client',
    trust: 'application',
  },
  {
    keyId: 'auditor',
    use: 'reader',
    sha256: hashForTest(readerKey),
    tenant: 'acme',
    role: 'auditor',
  },
];

export type TestOptions = {
  readonly append?: (messages: readonly NewMessage[]) => Promise<void>;
  readonly config?: Record<string, unknown>;
};

/**
 * A receiver over a log in memory and a rewriter that takes any text: `bad` is malformed, `rejectN` has N spans refused,
 * `bug` throws what nobody expects, and anything else is one span.
 */
export function testParts(options: TestOptions = {}) {
  const appended: NewMessage[] = [];
  const append =
    options.append ??
    ((messages: readonly NewMessage[]) => {
      appended.push(...messages);
      return Promise.resolve();
    });
  const config = parseCollectorConfig({
    logDirectory: 'unused',
    masterKeyFile: 'unused',
    credentialsFile: 'unused',
    ...options.config,
  });
  const metrics = createCollectorMetrics();
  const lane = createSpanNumbering();
  const compose = createGroupComposer({
    messageBytesMax: 900 * 1024,
    announce: () => ({ messages: [], committed: () => undefined }),
    directoryCacheMax: 10,
    sealName: () => Buffer.from('sealed'),
  });
  const groupCommit = createGroupCommit({
    append,
    compose: (submissions) => compose(submissions, lane),
    limits: config,
    metrics,
    nowMs: () => performance.now(),
  });
  const accept = (signal: Signal) =>
    createExportAcceptor({
      signal,
      rewrite: rewriteText,
      groupCommit,
      messageBytesMax: 900 * 1024,
      metrics,
    });
  const parts: ReceiverParts = {
    config,
    authenticator: createAuthenticator({
      current: () => credentials,
      tokens: createClientTokens({
        issuers: config.tokenIssuers,
        rememberedMax: 10,
        nowMs: Date.now,
      }),
      rememberedMax: 10,
      nowMs: Date.now,
    }),
    budget: createByteBudget(config, metrics, () => performance.now()),
    accept: accept('traces'),
    metrics,
    jsonToProtobuf: (json) => json,
    logs: { accept: accept('logs'), jsonToProtobuf: (json) => json },
    ready: () => groupCommit.healthy(),
  };
  return { parts, appended, metrics, groupCommit };
}

const rewriteText: ExportRewriter = (_, request) => {
  const said = Buffer.from(request).toString('utf8', 0, 20);
  if (said === 'bad') throw new OtlpError('OTLP_MALFORMED', 'field 1 is cut off');
  if (said === 'bug') throw new TypeError('secret-inside');
  const nothing = { parts: [], accepted: 0, rejected: [], principals: [] };
  if (request.length === 0) return nothing;
  if (said.startsWith('reject')) {
    const count = Number(said.slice('reject'.length));
    return { ...nothing, rejected: [{ reason: 'span_id_zero', count }] };
  }
  // No more than a message may hold, whatever was sent.
  const bytes = Buffer.from(request).subarray(0, 1000);
  const part = { partition: 1, key: null, bytes, items: 1 };
  return { ...nothing, parts: [part], accepted: 1 };
};
