import type { Dialect } from './dialect.ts';

/**
 * IBM ContextForge: INTERNAL spans, five to eight a call. The status stays OK on failure, only `success` tells. `tool.id` is the
 * catalogue's, not the model's. The user is authenticated by the gateway; `anonymous` stands for nobody.
 */
export const contextforge: Dialect = {
  name: 'contextforge',
  scopes: ['mcp-gateway', 'mcpgateway', 'contextforge'],
  scopePrefixes: ['mcpgateway.'],
  fingerprint: {
    keys: ['contextforge.gateway_id', 'contextforge.transport', 'tool.integration_type'],
    names: ['tool.invoke', 'tool.gateway_call', 'mcp.client.call'],
  },
  provesSuccess: 'never',
  keys: {
    tool: ['mcp.tool.name', 'tool.name'],
    server: ['gateway.name', 'server.name', 'contextforge.gateway_id', 'tool.gateway_id'],
    transport: ['contextforge.transport'],
    prompt: ['prompt.name', 'prompt.id'],
    conversation: ['langfuse.session.id'],
  },
  failures: { success: { true: false, false: true } },
  arguments: ['tool.invocation.args', 'langfuse.observation.input'],
  result: ['tool.invocation.result', 'langfuse.observation.output'],
  // What the server answers with a JSON-RPC error it passes on as a tool's.
  values: { errorType: { ToolInvocationError: 'tool_error' } },
  rules: [
    { name: 'tool.invoke', method: 'tools/call', kind: 'internal', side: 'server' },
    { name: 'tool.gateway_call', method: 'tools/call' },
    { name: 'mcp.client.call', method: 'tools/call', side: 'client' },
    { name: 'mcp.initialize', method: 'initialize' },
    { name: 'mcp.client.initialize', method: 'initialize' },
    { name: 'mcp.client.*', role: 'other' },
    { name: 'tool.lookup', role: 'other' },
    { name: 'tool.list', method: 'tools/list' },
    { name: 'prompt.render', method: 'prompts/get' },
    { name: 'resource.read', method: 'resources/read' },
    { name: 'a2a.*', where: { 'a2a.agent.name': [] }, role: 'agent' },
    { name: 'a2a.*', role: 'other' },
  ],
};
