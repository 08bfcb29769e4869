import type { Dialect } from './dialect.ts';

/** OpenLIT's MCP instrumentation: `mcp.method` is the name of a Python function, each span comes twice, and the status is unset on isError. */
export const openlit: Dialect = {
  name: 'openlit',
  scopes: [],
  scopePrefixes: ['openlit'],
  fingerprint: { keys: ['mcp.operation.name', 'mcp.jsonrpc_version', 'mcp.message_id'] },
  provesSuccess: 'never',
  keys: {
    method: ['mcp.operation.name'],
    tool: ['gen_ai.tool.name', 'mcp.tool.name'],
    jsonrpcId: ['mcp.message_id'],
    resource: ['mcp.resource.uri', 'mcp.resource_template.uri'],
    statusCode: ['mcp.error.code'],
  },
  ignores: ['mcp.method', 'mcp.transport.type'],
  values: {
    method: {
      tools_call: 'tools/call',
      tools_list: 'tools/list',
      resources_read: 'resources/read',
      resources_list: 'resources/list',
      prompts_get: 'prompts/get',
      prompts_list: 'prompts/list',
      initialize: 'initialize',
      ping: 'ping',
    },
  },
  arguments: ['mcp.tool.arguments', 'gen_ai.tool.input', 'gen_ai.tool.args'],
  result: ['mcp.tool.result', 'gen_ai.tool.output'],
};
