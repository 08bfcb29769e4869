import type { Dialect } from './dialect.ts';

/** LastMile's mcp-agent: a CLIENT span named after a Python class and function, the method in an attribute. */
export const mcpAgent: Dialect = {
  name: 'mcp-agent',
  scopes: ['mcp-agent', 'mcp_agent'],
  scopePrefixes: ['mcp_agent.'],
  fingerprint: { names: ['*.send_request'] },
  provesSuccess: 'never',
  failures: { 'result.isError': { true: true, false: false } },
  flattened: { 'mcp.request.argument.': 'arguments', 'result.': 'result' },
};
