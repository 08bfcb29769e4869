import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditRecord, Facts } from '../../../schemas/record-types.ts';
import { OperationClassValues, OutcomeValues } from '../../../schemas/record-types.ts';
import { toOcsf } from '../../../siem-exporter/ocsf.ts';
import { sampleRecord, sealedLeaf } from '../../support/sealed-sample.ts';

function ocsf(facts: Partial<Facts> = {}, changes: Partial<AuditRecord> = {}) {
  const record = sampleRecord(7, changes, facts);
  return toOcsf(sealedLeaf(42, record), { record, trimmed: false }, '0.1.0');
}

// OCSF 1.9.0, class api_activity (6003) with the profiles ai_operation and trace: what it requires, and every key of it that this project
// may use. `additionalProperties` is false in every class and object.
const requiredKeys = [
  'activity_id',
  'actor',
  'api',
  'category_uid',
  'class_uid',
  'metadata',
  'severity_id',
  'src_endpoint',
  'time',
  'type_uid',
];
const allowedKeys: Readonly<Record<string, readonly string[]>> = {
  '': [
    ...requiredKeys,
    'activity_name',
    'ai_agent',
    'ai_model',
    'category_name',
    'class_name',
    'dst_endpoint',
    'duration',
    'end_time',
    'message',
    'message_context',
    'resources',
    'start_time',
    'status',
    'status_code',
    'status_detail',
    'status_id',
    'timezone_offset',
    'trace',
    'type_name',
    'unmapped',
  ],
  metadata: [
    'correlation_uid',
    'event_code',
    'is_truncated',
    'logged_time',
    'product',
    'profiles',
    'sequence',
    'tenant_uid',
    'uid',
    'version',
  ],
  'metadata.product': ['name', 'vendor_name', 'version'],
  actor: ['app_name', 'session', 'user'],
  'actor.user': ['type', 'type_id', 'uid'],
  'actor.session': ['uid'],
  api: ['operation', 'request', 'response', 'service'],
  'api.request': ['uid'],
  'api.response': ['code', 'error'],
  'api.service': ['name', 'version'],
  resources: ['name', 'type', 'uid'],
  src_endpoint: ['hostname', 'name'],
  dst_endpoint: ['hostname', 'port', 'svc_name'],
  ai_agent: ['ai_model', 'instance_uid', 'name', 'type_id', 'uid', 'version'],
  'ai_agent.ai_model': ['ai_provider', 'name'],
  ai_model: ['ai_provider', 'name'],
  message_context: [
    'ai_role_id',
    'application',
    'completion_tokens',
    'prompt_tokens',
    'total_tokens',
    'uid',
  ],
  'message_context.application': ['name'],
  trace: ['span', 'uid'],
  'trace.span': ['end_time', 'parent_uid', 'start_time', 'uid'],
};

function violations(value: unknown, path = ''): readonly string[] {
  if (value === null || value === undefined) return [`${path} is empty`];
  if (Array.isArray(value)) return value.flatMap((entry) => violations(entry, path));
  if (typeof value !== 'object' || path === 'unmapped') return [];
  const allowed = allowedKeys[path] ?? [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(allowed.includes(key) ? [] : [`${path}.${key} is no key of the class`]),
    ...violations(inner, path === '' ? key : `${path}.${key}`),
  ]);
}

describe('an OCSF event', () => {
  it('says of a tool call what an analyst searches by', () => {
    const event = ocsf({ conversation: 'c-1', model: 'claude-x', modelProvider: 'anthropic' });
    expect(event).toMatchObject({
      activity_id: 2,
      activity_name: 'Read',
      category_uid: 6,
      class_uid: 6003,
      type_uid: 600302,
      severity_id: 1,
      time: 1_795_219_200_400,
      status_id: 1,
      message: 'tools/call read_file on fs-server: success',
      metadata: {
        version: '1.9.0',
        profiles: ['ai_operation', 'trace'],
        uid: '00000000000000000000000000000007.0',
        tenant_uid: 'acme',
        sequence: 42,
        correlation_uid: '0af7651916cd43dd8448eb211c80319c',
        event_code: 'tools/call',
        logged_time: 1_795_219_201_000,
      },
      actor: { user: { uid: 'p_00112233445566778899aabbccddeeff' }, app_name: 'coder' },
      api: {
        operation: 'tools/call',
        request: { uid: '3' },
        service: { name: 'fs-server', version: '1.2.0' },
      },
      resources: [{ uid: 'fs-server/read_file', name: 'read_file', type: 'MCP Tool' }],
      src_endpoint: { hostname: 'gw-1', name: 'claude-code' },
      dst_endpoint: { hostname: 'fs-server.internal', port: 8443, svc_name: 'fs-server' },
      ai_agent: { uid: 'agent-7', name: 'coder', ai_model: { name: 'claude-x' } },
      trace: {
        uid: '0af7651916cd43dd8448eb211c80319c',
        span: {
          uid: 'b7ad6b7169203331',
          start_time: 1_795_219_200_123,
          end_time: 1_795_219_200_400,
        },
      },
      unmapped: {
        audit: {
          log_id: 'records/p0/e0',
          leaf_index: '42',
          grade: 'declared',
          outcome: 'success',
          denied: false,
          team: 'payments',
          cost: { source: 'unpriced' },
        },
      },
    });
  });

  it.each([
    ['success', 1],
    ['unknown', 0],
    ['denied', 2],
    ['tool_error', 2],
    ['protocol_error', 2],
    ['timed_out', 2],
    ['cancelled', 2],
    ['input_required', 99],
  ] as const)('of outcome %s has status %i', (outcome, status) => {
    expect(ocsf({ outcome })['status_id']).toBe(status);
  });

  it('tells a denial apart from other failures', () => {
    const event = ocsf({ outcome: 'denied', deniedBy: 'policy', policyRule: 'r-12' });
    expect(event).toMatchObject({
      status_id: 2,
      severity_id: 3,
      status_detail: 'denied by policy',
      unmapped: { audit: { denied: true, denied_by: 'policy', policy: { rule: 'r-12' } } },
    });
  });

  it('names an execution by its tool, as OCSF does with activities it has no number for', () => {
    expect(ocsf({ operation: 'execute' })).toMatchObject({
      activity_id: 99,
      activity_name: 'read_file',
      type_uid: 600399,
    });
  });

  it('makes up nobody: without a user there is no user, without a cost no amount', () => {
    const event = ocsf({ user: null, agent: null, agentId: null, client: null, host: null });
    expect(event['actor']).toEqual({ app_name: 'Unknown' });
    expect(event['src_endpoint']).toEqual({ name: 'Unknown' });
    expect(event).not.toHaveProperty('ai_agent');
    expect(event).toMatchObject({ unmapped: { audit: { cost: { source: 'unpriced' } } } });
    expect(JSON.stringify(event)).not.toContain('"nano"');
  });

  it('carries a revision as an update of the call', () => {
    const first = sampleRecord(7);
    const event = ocsf(
      {},
      {
        recordId: `${first.callId}.1`,
        revision: 1,
        change: 'ancestor_arrived',
        supersedes: { recordId: first.recordId, facts: first.facts, charges: [] },
      },
    );
    expect(event).toMatchObject({
      metadata: { uid: `${first.callId}.1` },
      unmapped: {
        audit: { call_id: first.callId, revision: 1, supersedes: `${first.callId}.0` },
      },
    });
  });

  it('cuts long texts and says that it did, without splitting a character', () => {
    const event = ocsf({ resource: `file:///${'😀'.repeat(5_000)}` });
    expect(event).toMatchObject({ metadata: { is_truncated: true } });
    const text = JSON.stringify(event);
    expect(text.length).toBeLessThan(12_000);
    expect(text).not.toMatch(/\\ud[89a-f]/i);
    expect(ocsf()['metadata']).not.toHaveProperty('is_truncated');
  });

  it('says so too when the leaf itself had parts left out', () => {
    const record = sampleRecord(7);
    expect(toOcsf(sealedLeaf(42, record), { record, trimmed: true }, '0.1.0')).toMatchObject({
      metadata: { is_truncated: true },
    });
  });

  it('has all that the class requires and nothing that it does not know, whatever is known of the call', () => {
    const text = fc.option(fc.string({ maxLength: 40 }), { nil: null });
    const facts = fc.record({
      operation: fc.constantFrom(...OperationClassValues),
      outcome: fc.constantFrom(...OutcomeValues),
      method: text,
      user: text,
      agent: text,
      agentId: text,
      agentVersion: text,
      client: text,
      session: text,
      server: text,
      serverVersion: text,
      tool: text,
      prompt: text,
      resource: text,
      host: text,
      source: text,
      destination: text,
      conversation: text,
      model: text,
      modelProvider: text,
      statusCode: fc.oneof(text, fc.integer().map(String)),
      errorType: text,
      jsonrpcId: text,
      parentSpanId: text,
      durationUs: fc.option(fc.nat(), { nil: null }),
      inputTokens: fc.option(fc.nat(), { nil: null }),
      outputTokens: fc.option(fc.nat(), { nil: null }),
    });
    fc.assert(
      fc.property(facts, (some) => {
        const event = ocsf(some);
        expect(requiredKeys.filter((key) => !(key in event))).toEqual([]);
        expect(violations(event)).toEqual([]);
        expect(Object.keys(event['actor'] ?? {})).not.toEqual([]);
        expect(Number(event['type_uid']) - Number(event['activity_id'])).toBe(600300);
        expect(Number.isInteger(event['time'])).toBe(true);
      }),
    );
  });
});
