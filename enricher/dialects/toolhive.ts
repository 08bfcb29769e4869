import type { Dialect } from './dialect.ts';

/**
 * ToolHive's proxy and vMCP. The status is HTTP's: OK though the tool failed. Arguments are `k=v, k=v`, values cut at 100 bytes and
 * sensitive keys `[REDACTED]`, in an order that changes. vMCP's client span names the backend as its target.
 */
export const toolhive: Dialect = {
  name: 'toolhive',
  scopes: ['github.com/stacklok/toolhive/pkg/telemetry'],
  scopePrefixes: ['github.com/stacklok/toolhive'],
  provesSuccess: 'never',
  keys: {
    tool: ['gen_ai.tool.name', 'mcp.tool.name', 'tool_name'],
    server: ['mcp.server.name', 'target.workload_name', 'target.workload_id'],
    prompt: ['gen_ai.prompt.name', 'mcp.prompt.name', 'prompt_name'],
    resource: ['mcp.resource.uri', 'mcp.resource.id', 'resource_uri'],
    protocolVersion: ['mcp.protocol.version', 'mcp.protocol.revision'],
  },
  argumentsAs: 'pairs',
  namePrefixes: [''],
};
