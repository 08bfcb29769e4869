import type { Subject } from '../../schemas/record-types.ts';
import type { KeyTable, Parts } from './dialect.ts';

/**
 * Keys that mean the same, in order of priority, the standard's first (OpenTelemetry semantic conventions for MCP and GenAI, with
 * their earlier names). Unknown emitters are read by this table alone.
 */
export const generalKeys: KeyTable = {
  method: ['mcp.method.name', 'mcp.method', 'mcp_method'],
  rpcSystem: ['rpc.system.name', 'rpc.system'],
  rpcMethod: ['rpc.method'],
  operation: ['gen_ai.operation.name'],
  tool: [
    'gen_ai.tool.name',
    'mcp.tool.name',
    'tool.name',
    'ai.toolCall.name',
    'spring.ai.tool.definition.name',
    'tool_name',
    'function_name',
    'mcp_tool',
    'ToolName',
  ],
  prompt: ['gen_ai.prompt.name', 'mcp.prompt.name', 'prompt_name'],
  resource: ['mcp.resource.uri', 'mcp.resource.id', 'resource_uri', 'resource.uri'],
  jsonrpcId: ['jsonrpc.request.id', 'rpc.jsonrpc.request_id', 'mcp.request.id', 'mcp.message_id'],
  statusCode: [
    'rpc.status_code',
    'rpc.response.status_code',
    'rpc.jsonrpc.error_code',
    'mcp.error.code',
  ],
  errorType: ['error.type'],
  httpStatus: ['http.response.status_code', 'http.status_code'],
  resultType: ['mcp.result.type'],
  policyDecision: [
    'mcp.policy.decision',
    'gen_ai.tool.call.decision.outcome',
    'policy.decision',
    'guardrail.decision',
    'guardrail.action',
    'approval.decision',
  ],
  policyRule: ['mcp.policy.rule', 'policy.rule', 'policy.name', 'guardrail.name', 'guardrail.rule'],
  approval: ['gen_ai.tool.call.decision.id', 'approval.id'],
  session: ['mcp.session.id', 'mcp_session_id', 'fastmcp.session.id'],
  conversation: [
    'gen_ai.conversation.id',
    'spring.ai.chat.client.conversation.id',
    'gcp.vertex.agent.session_id',
    'copilot_chat.chat_session_id',
    'gen_ai.session.id',
    'langfuse.session.id',
    'a2a.context.id',
    'traceloop.association.properties.session_id',
  ],
  server: [
    'mcp.server.name',
    'mcp.target',
    'mcp.backend.name',
    'mcp.server',
    'fastmcp.server.name',
    'mcp.server.origin',
    'target.workload_name',
    'litellm.mcp.server.name',
    'mcp_server.name',
    'mcp_server_name',
    'anthropic.mcp.server.name',
    'mastra.mcp_tool_call.server_name',
  ],
  serverVersion: ['mcp.server.version'],
  client: ['mcp.client.name'],
  clientVersion: ['mcp.client.version'],
  transport: ['network.transport', 'mcp.transport'],
  address: ['server.address'],
  port: ['server.port'],
  source: ['client.address'],
  agent: ['gen_ai.agent.name', 'agent.name', 'agent_name', 'a2a.agent.name', 'a2a.agent'],
  agentId: ['gen_ai.agent.id', 'agent_id'],
  agentVersion: ['gen_ai.agent.version'],
  authMethod: ['auth.method', 'user.auth.method'],
  purpose: ['purpose_of_use'],
  breakGlass: ['break_glass.reason'],
  retryCount: ['mcp.retry.count', 'retry.count'],
  definitionHash: ['mcp.tool.definition.hash'],
  protocolVersion: [
    'mcp.protocol.version',
    'mcp.protocol_version',
    'mcp.response.protocol_version',
  ],
  responseId: ['gen_ai.response.id', 'ai.response.id'],
  taskId: ['mcp.task.id'],
  taskStatus: ['mcp.task.status'],
  toolCallId: ['gen_ai.tool.call.id', 'gen_ai.tool.call_id', 'ai.toolCall.id', 'tool_use_id'],
  toolType: ['gen_ai.tool.type'],
  parentAgent: [
    'parent_agent_id',
    'microsoft.a365.caller.agent.name',
    'microsoft.a365.caller.agent.id',
    'a2a.caller.agent.name',
    'gen_ai.agent.parent.id',
  ],
  handover: ['gen_ai.handoff.from_agent'],
  promptId: ['prompt.id', 'prompt_id'],
  trigger: ['faas.trigger', 'gen_ai.trigger', 'trigger.type', 'schedule.trigger'],
  decisionKind: ['mcp.decision.kind', 'decision.kind'],
  decisionBy: [
    'gen_ai.tool.call.decision.source',
    'mcp.policy.decider',
    'approval.by',
    'approver.id',
  ],
  policyVersion: ['mcp.policy.version', 'policy.version', 'policy.revision', 'guardrail.version'],
  decisionWaitMs: ['approval.wait_ms', 'blocked_on_user_ms'],
  durationMs: ['duration_ms'],
  principalType: ['user.type', 'enduser.type', 'principal.type', 'auth.principal.type'],
  actor: ['jwt.act', 'act', 'oauth.act', 'jwt.act.sub', 'act.sub', 'oauth.actor', 'auth.actor.id'],
};

/** Beginnings of keys of a decision that say what decided. */
export const decisionKinds: readonly (readonly [beginning: string, kind: string])[] = [
  ['guardrail.', 'guardrail'],
  ['approval.', 'approval'],
  ['gen_ai.tool.call.decision.', 'approval'],
];

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

export const argumentKeys: readonly string[] = [
  'gen_ai.tool.call.arguments',
  'mcp.tool.arguments',
  'ai.toolCall.args',
  'spring.ai.tool.call.arguments',
  'tool_arguments',
  'gcp.vertex.agent.tool_call_args',
  'tool.invocation.args',
  'function_args',
  'mcp.parameters',
  'gen_ai.tool.input',
  'gen_ai.tool.args',
];
export const resultKeys: readonly string[] = [
  'gen_ai.tool.call.result',
  'mcp.tool.result.content',
  'ai.toolCall.result',
  'spring.ai.tool.call.result',
  'tool_response',
  'gcp.vertex.agent.tool_response',
  'tool.invocation.result',
  'mcp.response.value',
  'gen_ai.tool.output',
];

/** Beginnings of keys that hold one argument each, where an emitter that nobody described uses them. */
export const flattenedKeys: Readonly<Record<string, 'arguments' | 'result'>> = {
  'mcp.request.argument.': 'arguments',
};

/** Members of JSON attributes that mean the same whoever sends them. */
export const generalBundles: Readonly<Record<string, Parts>> = {
  'gen_ai.tool.call.result': {
    '_meta>io.modelcontextprotocol/serverInfo>name': 'server',
    '_meta>io.modelcontextprotocol/serverInfo>version': 'serverVersion',
  },
};

/** Attributes that name who acted but no person, and so are no principals: an OAuth client, a key's label, a workload, a team. */
export const machineKeys: readonly { readonly key: string; readonly subject: Subject }[] = [
  { key: 'oauth.client_id', subject: 'client' },
  { key: 'oauth.client.id', subject: 'client' },
  { key: 'jwt.client_id', subject: 'client' },
  { key: 'jwt.azp', subject: 'client' },
  { key: 'client_id', subject: 'client' },
  { key: 'auth.client_id', subject: 'client' },
  { key: 'agw.api_key.name', subject: 'client' },
  { key: 'litellm.metadata.user_api_key_alias', subject: 'client' },
  { key: 'litellm.metadata.user_api_key_team_alias', subject: 'team' },
  { key: 'metadata.user_api_key_alias', subject: 'client' },
  { key: 'metadata.user_api_key_team_alias', subject: 'team' },
  { key: 'service_account.name', subject: 'service' },
  { key: 'k8s.serviceaccount.name', subject: 'service' },
  { key: 'spiffe.id', subject: 'service' },
  { key: 'user.installation_id', subject: 'install' },
  { key: 'team.name', subject: 'team' },
  { key: 'team.scope', subject: 'team' },
  { key: 'organization.id', subject: 'team' },
];
export const roleKeys: readonly string[] = ['user.roles', 'enduser.role'];

type Says = ReadonlyMap<string, boolean>;

// Booleans come as such and as texts (`True` from Python).
const yesOrNo: Says = new Map([
  ['true', true],
  ['false', false],
]);

/** What a member that says whether the tool failed says by which word. */
export const failedWords: Says = new Map([
  ...yesOrNo,
  ['error', true],
  ['failed', true],
  ['failure', true],
  ['success', false],
  ['ok', false],
  ['completed', false],
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
  // Of success an emitter that nobody described may mean the transport's; of failure there is one meaning.
  ['success', new Map([['false', true]])],
]);
