import type { FactRecord } from '../schemas/leaf-record.ts';
import type { Facts, OperationClass, Outcome } from '../schemas/record-types.ts';
import { auditOf } from './ocsf-audit.ts';
import type { JsonObject } from './ocsf-values.ts';
import { filled, shortened } from './ocsf-values.ts';
import type { SealedLeaf, ToldRecord } from './sealed-leaf.ts';

/** Longer texts are cut: Splunk cuts events at 10,000 bytes unless it is told otherwise, and then they are no JSON any more. */
const textLengthMax = 2048;

/**
 * A sealed record as an OCSF 1.9.0 API Activity (class 6003) with the profiles `ai_operation` and `trace`. The class allows no keys
 * beyond its own, so what OCSF has no word for stands in `unmapped.audit`. `metadata.uid` is the record's id: the same event
 * delivered twice has the same one. A revision is an event of its own with the call's id (`unmapped.audit.call_id`).
 * Source: schema.ocsf.io, 1.9.0.
 */
export function toOcsf(
  leaf: SealedLeaf,
  { record, trimmed }: ToldRecord,
  productVersion: string,
): JsonObject {
  const { facts } = record;
  const activity = activityOf(facts);
  const { value: event, cut } = shortened(
    filled({
      activity_id: activity.id,
      activity_name: activity.name,
      category_uid: 6,
      category_name: 'Application Activity',
      class_uid: 6003,
      class_name: 'API Activity',
      type_uid: 600300 + activity.id,
      type_name: `API Activity: ${activity.name}`,
      severity_id: severities[facts.outcome],
      time: milliseconds(facts.timeUs),
      timezone_offset: 0,
      start_time: milliseconds(facts.startTimeUs),
      end_time: milliseconds(facts.endTimeUs),
      duration: facts.durationUs === null ? null : Math.round(facts.durationUs / 1000),
      status_id: statuses[facts.outcome].id,
      status: statuses[facts.outcome].name,
      status_code: facts.statusCode,
      status_detail: statusDetail(facts),
      message: messageOf(facts),
      actor: actorOf(facts),
      api: apiOf(facts),
      resources: resourcesOf(facts),
      src_endpoint: sourceOf(facts),
      dst_endpoint: destinationOf(facts),
      ai_agent: agentOf(facts),
      ai_model: facts.agent === null ? modelOf(facts) : null,
      message_context: messageContextOf(record),
      trace: traceOf(facts),
      unmapped: { audit: auditOf(leaf, record) },
    }),
    textLengthMax,
  );
  const metadata = metadataOf(leaf, record, productVersion);
  return {
    ...event,
    metadata: cut || trimmed ? { ...metadata, is_truncated: true } : metadata,
  };
}

const activities: Readonly<Record<OperationClass, { readonly id: number; readonly name: string }>> =
  {
    unknown: { id: 0, name: 'Unknown' },
    create: { id: 1, name: 'Create' },
    read: { id: 2, name: 'Read' },
    update: { id: 3, name: 'Update' },
    delete: { id: 4, name: 'Delete' },
    execute: { id: 99, name: 'Execute' },
  };

const failure = { id: 2, name: 'Failure' };
const statuses: Readonly<Record<Outcome, { readonly id: number; readonly name: string }>> = {
  unknown: { id: 0, name: 'Unknown' },
  success: { id: 1, name: 'Success' },
  tool_error: failure,
  protocol_error: failure,
  denied: failure,
  timed_out: failure,
  cancelled: failure,
  input_required: { id: 99, name: 'Input required' },
};

// 1 Informational, 2 Low, 3 Medium: a denial is what an analyst looks at first.
const severities: Readonly<Record<Outcome, number>> = {
  unknown: 1,
  success: 1,
  input_required: 1,
  cancelled: 1,
  tool_error: 2,
  protocol_error: 2,
  timed_out: 2,
  denied: 3,
};

// OCSF names "other" activities by what the source calls them.
function activityOf(facts: Facts): { readonly id: number; readonly name: string } {
  const activity = activities[facts.operation];
  return activity.id === 99
    ? { id: 99, name: facts.tool ?? facts.method ?? activity.name }
    : activity;
}

function statusDetail(facts: Facts): string | null {
  if (facts.outcome === 'denied') return `denied by ${facts.deniedBy ?? 'unknown'}`;
  return facts.outcome === 'success' ? null : (facts.errorType ?? facts.outcome);
}

function messageOf(facts: Facts): string {
  const what = facts.tool ?? facts.prompt ?? facts.resource ?? facts.model;
  const on = facts.server === null ? '' : ` on ${facts.server}`;
  return `${facts.method ?? 'unknown method'}${what === null ? '' : ` ${what}`}${on}: ${facts.outcome}`;
}

function metadataOf(leaf: SealedLeaf, record: FactRecord, productVersion: string): JsonObject {
  return filled({
    version: '1.9.0',
    profiles: ['ai_operation', 'trace'],
    product: { name: 'Waybill', vendor_name: 'Waybill', version: productVersion },
    uid: record.recordId,
    tenant_uid: leaf.tenant,
    sequence: leaf.sequence,
    correlation_uid: record.facts.traceId,
    event_code: record.facts.method,
    logged_time: milliseconds(leaf.appendTimeUs),
  });
}

// An actor must have a member. Where nobody is known it says so, in a field that no search takes for a person.
function actorOf(facts: Facts): JsonObject {
  const user = facts.user === null ? null : { uid: facts.user, type_id: 1, type: 'User' };
  const appName = facts.agent ?? facts.client;
  return filled({
    user,
    app_name: appName ?? (user === null ? 'Unknown' : null),
    session: facts.session === null ? null : { uid: facts.session },
  });
}

function apiOf(facts: Facts): JsonObject {
  const code = facts.statusCode !== null && /^-?\d{1,9}$/.test(facts.statusCode);
  const response = filled({
    code: code ? Number(facts.statusCode) : null,
    error: facts.errorType,
  });
  return filled({
    operation: facts.method ?? 'unknown',
    request: facts.jsonrpcId === null ? null : { uid: facts.jsonrpcId },
    response: Object.keys(response).length === 0 ? null : response,
    service:
      facts.server === null ? null : filled({ name: facts.server, version: facts.serverVersion }),
  });
}

function resourcesOf(facts: Facts): readonly JsonObject[] | null {
  const inServer = (name: string) => (facts.server === null ? name : `${facts.server}/${name}`);
  const resources = [
    facts.tool === null ? null : { uid: inServer(facts.tool), name: facts.tool, type: 'MCP Tool' },
    facts.prompt === null
      ? null
      : { uid: inServer(facts.prompt), name: facts.prompt, type: 'MCP Prompt' },
    facts.resource === null
      ? null
      : { uid: facts.resource, name: facts.resource, type: 'MCP Resource' },
  ].filter((resource) => resource !== null);
  return resources.length === 0 ? null : resources;
}

function sourceOf(facts: Facts): JsonObject {
  const name = facts.client ?? facts.agent ?? facts.source;
  return facts.host === null ? { name: name ?? 'Unknown' } : filled({ hostname: facts.host, name });
}

function destinationOf(facts: Facts): JsonObject | null {
  const match = /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(facts.destination ?? '');
  const endpoint = filled({
    hostname: match?.[1] ?? null,
    port: match?.[2] === undefined ? null : Number(match[2]),
    svc_name: facts.server,
  });
  return Object.keys(endpoint).length === 0 ? null : endpoint;
}

function agentOf(facts: Facts): JsonObject | null {
  if (facts.agent === null) return null;
  return filled({
    uid: facts.agentId ?? facts.agent,
    name: facts.agent,
    version: facts.agentVersion,
    instance_uid: facts.conversation,
    type_id: 0,
    ai_model: modelOf(facts),
  });
}

function modelOf(facts: Facts): JsonObject | null {
  if (facts.model === null) return null;
  return { ai_provider: facts.modelProvider ?? 'Unknown', name: facts.model };
}

function messageContextOf({ kind, facts }: FactRecord): JsonObject | null {
  const { inputTokens, outputTokens } = facts;
  if (facts.conversation === null && inputTokens === null && outputTokens === null) return null;
  const known = inputTokens !== null && outputTokens !== null;
  return filled({
    uid: facts.conversation,
    ai_role_id: kind === 'inference' ? 2 : 3,
    application: { name: facts.agent ?? facts.client ?? 'Unknown' },
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: known ? inputTokens + outputTokens : null,
  });
}

function traceOf(facts: Facts): JsonObject {
  return {
    uid: facts.traceId,
    span: filled({
      uid: facts.spanId,
      parent_uid: facts.parentSpanId,
      start_time: milliseconds(facts.startTimeUs),
      end_time: milliseconds(facts.endTimeUs),
    }),
  };
}

function milliseconds(us: number): number {
  return Math.floor(us / 1000);
}
