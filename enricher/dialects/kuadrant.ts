import type { Dialect } from './dialect.ts';

/**
 * Kuadrant's MCP gateway: INTERNAL spans of router and broker with HTTP's status. `gen_ai.operation.name` is the MCP method, and the
 * session id it shows is a digest of a bearer token.
 */
export const kuadrant: Dialect = {
  name: 'kuadrant',
  scopes: ['mcp-router', 'mcp-broker', 'broker'],
  provesSuccess: 'never',
  keys: { server: ['mcp.server'], agent: ['a2a.agent'] },
  ignores: ['gen_ai.operation.name'],
};
