import type { Facts } from './record-types.ts';

/** ClickHouse types used by the tables of this project; the RowBinary encoder knows exactly these. */
export type ColumnType =
  | 'LowCardinality(String)'
  | 'String'
  | 'FixedString(8)'
  | 'FixedString(16)'
  | 'FixedString(32)'
  | 'Int8'
  | 'UInt8'
  | 'UInt16'
  | 'UInt32'
  | 'Int64'
  | 'UInt64'
  | 'Nullable(Int64)'
  | "DateTime64(6, 'UTC')"
  | 'Array(LowCardinality(String))'
  | 'Array(String)'
  | 'Array(Int64)';

export type FactColumn = {
  readonly column: string;
  readonly type: ColumnType;
  readonly fact: keyof Facts;
};

const low = 'LowCardinality(String)';
const time = "DateTime64(6, 'UTC')";
const list = 'Array(LowCardinality(String))';

/**
 * The searched columns of table `records`, one a fact: the table's DDL, the ledger's row encoder, the query API's fields and its
 * OpenAPI are made of this list. A null fact of a text column is the empty string in the table, and null again in the API.
 */
export const factColumns: readonly FactColumn[] = [
  { column: 'time', type: time, fact: 'timeUs' },
  { column: 'start_time', type: time, fact: 'startTimeUs' },
  { column: 'end_time', type: time, fact: 'endTimeUs' },
  { column: 'append_time', type: time, fact: 'appendTimeUs' },
  { column: 'duration_us', type: 'Nullable(Int64)', fact: 'durationUs' },
  { column: 'method', type: low, fact: 'method' },
  { column: 'operation', type: low, fact: 'operation' },
  { column: 'user', type: low, fact: 'user' },
  { column: 'user_grade', type: low, fact: 'userGrade' },
  { column: 'user_key', type: low, fact: 'userKey' },
  { column: 'auth_method', type: low, fact: 'authMethod' },
  { column: 'on_behalf_of', type: low, fact: 'onBehalfOf' },
  { column: 'roles', type: list, fact: 'roles' },
  { column: 'team', type: low, fact: 'team' },
  { column: 'agent', type: low, fact: 'agent' },
  { column: 'agent_id', type: low, fact: 'agentId' },
  { column: 'agent_version', type: low, fact: 'agentVersion' },
  { column: 'agent_grade', type: low, fact: 'agentGrade' },
  { column: 'parent_agent', type: low, fact: 'parentAgent' },
  { column: 'agent_depth', type: 'UInt8', fact: 'agentDepth' },
  { column: 'client', type: low, fact: 'client' },
  { column: 'client_version', type: low, fact: 'clientVersion' },
  { column: 'gateway', type: low, fact: 'gateway' },
  { column: 'server', type: low, fact: 'server' },
  { column: 'server_version', type: low, fact: 'serverVersion' },
  { column: 'server_grade', type: low, fact: 'serverGrade' },
  { column: 'tool', type: low, fact: 'tool' },
  { column: 'tool_definition_hash', type: low, fact: 'toolDefinitionHash' },
  { column: 'prompt', type: low, fact: 'prompt' },
  { column: 'resource', type: 'String', fact: 'resource' },
  { column: 'target', type: low, fact: 'target' },
  { column: 'outcome', type: low, fact: 'outcome' },
  { column: 'denied_by', type: low, fact: 'deniedBy' },
  { column: 'error_type', type: low, fact: 'errorType' },
  { column: 'status_code', type: low, fact: 'statusCode' },
  { column: 'retry_count', type: 'Nullable(Int64)', fact: 'retryCount' },
  { column: 'policy_decision', type: low, fact: 'policyDecision' },
  { column: 'policy_rule', type: low, fact: 'policyRule' },
  { column: 'approval', type: 'String', fact: 'approval' },
  { column: 'origin', type: low, fact: 'origin' },
  { column: 'grade', type: low, fact: 'grade' },
  { column: 'missing', type: list, fact: 'missing' },
  { column: 'trace_id', type: 'FixedString(16)', fact: 'traceId' },
  { column: 'span_id', type: 'FixedString(8)', fact: 'spanId' },
  { column: 'jsonrpc_id', type: 'String', fact: 'jsonrpcId' },
  { column: 'conversation', type: 'String', fact: 'conversation' },
  { column: 'session', type: 'String', fact: 'session' },
  { column: 'model_provider', type: low, fact: 'modelProvider' },
  { column: 'model', type: low, fact: 'model' },
  { column: 'host', type: low, fact: 'host' },
  { column: 'region', type: low, fact: 'region' },
  { column: 'source', type: low, fact: 'source' },
  { column: 'destination', type: low, fact: 'destination' },
  { column: 'transport', type: low, fact: 'transport' },
  { column: 'bytes_in', type: 'Nullable(Int64)', fact: 'bytesIn' },
  { column: 'bytes_out', type: 'Nullable(Int64)', fact: 'bytesOut' },
  { column: 'input_tokens', type: 'Nullable(Int64)', fact: 'inputTokens' },
  { column: 'output_tokens', type: 'Nullable(Int64)', fact: 'outputTokens' },
  { column: 'cost_nano', type: 'Nullable(Int64)', fact: 'costNano' },
  { column: 'currency', type: low, fact: 'currency' },
  { column: 'cost_source', type: low, fact: 'costSource' },
  { column: 'data_classes', type: list, fact: 'dataClasses' },
  { column: 'purpose', type: low, fact: 'purpose' },
  { column: 'break_glass', type: low, fact: 'breakGlass' },
  { column: 'capture_method', type: low, fact: 'captureMethod' },
  { column: 'retention_class', type: low, fact: 'retentionClass' },
  { column: 'data_region', type: low, fact: 'dataRegion' },
  { column: 'config_version', type: 'Int64', fact: 'configVersion' },
  { column: 'hops', type: 'UInt8', fact: 'hops' },
  { column: 'dialects', type: list, fact: 'dialects' },
  { column: 'producers', type: list, fact: 'producers' },
  { column: 'flags', type: list, fact: 'flags' },
  { column: 'stages', type: list, fact: 'stages' },
  { column: 'tool_call_id', type: 'String', fact: 'toolCallId' },
  { column: 'redactions', type: list, fact: 'redactions' },
  { column: 'redaction_counts', type: 'Array(Int64)', fact: 'redactionCounts' },
  { column: 'tokens', type: 'Array(String)', fact: 'tokens' },
  { column: 'redaction_policies', type: list, fact: 'redactionPolicies' },
];
