import type { KeyTable } from './dialect.ts';

/**
 * Keys that mean the same, in order of priority, the standard's first (OpenTelemetry semantic conventions for MCP and GenAI, with
 * their earlier names). Unknown emitters are read by this table alone.
 */
export const generalKeys: KeyTable = {
  method: ['mcp.method.name', 'mcp.method', 'mcp_method'],
  rpcSystem: ['rpc.system.name', 'rpc.system'],
  rpcMethod: ['rpc.method'],
  operation: ['gen_ai.operation.name'],
  tool: ['gen_ai.tool.name', 'mcp.tool.name'],
  prompt: ['gen_ai.prompt.name', 'mcp.prompt.name'],
  resource: ['mcp.resource.uri', 'mcp.resource.id', 'resource.uri'],
  jsonrpcId: ['jsonrpc.request.id', 'rpc.jsonrpc.request_id', 'mcp.request.id'],
  statusCode: [
    'rpc.status_code',
    'rpc.response.status_code',
    'rpc.jsonrpc.error_code',
    'mcp.error.code',
  ],
  errorType: ['error.type'],
  httpStatus: ['http.response.status_code', 'http.status_code'],
  resultType: ['mcp.result.type'],
  policyDecision: ['mcp.policy.decision', 'gen_ai.tool.call.decision.outcome', 'policy.decision'],
  policyRule: ['mcp.policy.rule', 'policy.rule', 'policy.name'],
  approval: ['gen_ai.tool.call.decision.id', 'approval.id'],
  session: ['mcp.session.id', 'mcp_session_id', 'fastmcp.session.id'],
  conversation: ['gen_ai.conversation.id', 'spring.ai.chat.client.conversation.id'],
  server: [
    'mcp.server.name',
    'mcp.target',
    'mcp.backend.name',
    'mcp.server',
    'fastmcp.server.name',
    'mcp_server_name',
    'anthropic.mcp.server.name',
  ],
  serverVersion: ['mcp.server.version'],
  client: ['mcp.client.name'],
  clientVersion: ['mcp.client.version'],
  transport: ['network.transport', 'mcp.transport'],
  address: ['server.address'],
  port: ['server.port'],
  source: ['client.address'],
  agent: ['gen_ai.agent.name', 'agent.name', 'agent_name'],
  agentId: ['gen_ai.agent.id', 'agent_id'],
  agentVersion: ['gen_ai.agent.version'],
  authMethod: ['auth.method', 'user.auth.method'],
  purpose: ['purpose_of_use'],
  breakGlass: ['break_glass.reason'],
  retryCount: ['mcp.retry.count', 'retry.count'],
  definitionHash: ['mcp.tool.definition.hash'],
};

/** Keys that follow the standard; a call read through others only is marked as read by the general table. */
export const standardKeys: ReadonlySet<string> = new Set([
  'mcp.method.name',
  'gen_ai.operation.name',
  'gen_ai.tool.name',
  'gen_ai.prompt.name',
  'mcp.resource.uri',
  'jsonrpc.request.id',
  'rpc.status_code',
  'rpc.response.status_code',
  'error.type',
]);

/** Slots in which a key of another vocabulary shows that the emitter does not follow the standard. */
export const tellingSlots: ReadonlySet<string> = new Set([
  'method',
  'tool',
  'prompt',
  'jsonrpcId',
  'statusCode',
]);

export const argumentKeys: readonly string[] = ['gen_ai.tool.call.arguments', 'mcp.tool.arguments'];
export const resultKeys: readonly string[] = ['gen_ai.tool.call.result'];
export const roleKeys: readonly string[] = ['user.roles', 'enduser.role'];

type Says = ReadonlyMap<string, boolean>;

// Booleans come as such and as texts (`True` from Python).
const yesOrNo: Says = new Map([
  ['true', true],
  ['false', false],
]);

/** Attributes that say whether the tool failed, and which of their values, in lower case, say what; any other says nothing. */
export const failureKeys: ReadonlyMap<string, Says> = new Map<string, Says>([
  ['mcp.tool.result.is_error', yesOrNo],
  ['tool.invocation.has_error', yesOrNo],
  ['gen_ai.tool.call.result.isError', yesOrNo],
  [
    'gen_ai.tool.status',
    new Map([
      ['error', true],
      ['success', false],
    ]),
  ],
]);
