import type { Dialect } from './dialect.ts';

/**
 * Logfire's MCP instrumentation of the 1.x Python SDK: whole request and response as JSON, the failure inside the response only.
 */
export const logfire: Dialect = {
  name: 'logfire',
  scopes: ['logfire.mcp', 'logfire.otel.mcp'],
  provesSuccess: 'never',
  answers: ['response'],
  namePrefixes: ['MCP request: ', 'MCP server handle request: ', 'MCP client handle request: '],
  rules: [
    { name: 'MCP request: *', side: 'client' },
    { name: 'MCP server handle request: *', side: 'server' },
    { name: 'MCP client handle request: *', side: 'server' },
  ],
  bundles: {
    request: {
      method: 'method',
      'params>name': 'tool',
      'params>uri': 'resource',
      'params>arguments': 'arguments',
      'root>method': 'method',
      'root>params>name': 'tool',
      'root>params>arguments': 'arguments',
    },
    response: { '': 'result', isError: 'failed', 'root>isError': 'failed' },
  },
};
