import type { Dialect } from './dialect.ts';

/**
 * agentgateway: a SERVER span named by the method, with a CLIENT span below; only JSON-RPC errors are mapped. It has checked the
 * token whose subject `jwt.sub` is; a key's name is a client's label.
 */
export const agentgateway: Dialect = {
  name: 'agentgateway',
  scopes: ['agentgateway'],
  provesSuccess: 'never',
  keys: {
    server: ['mcp.target', 'mcp.target.name'],
    client: ['agw.api_key.name'],
    statusCode: ['mcp.error.code'],
    resource: ['mcp.resource.uri'],
    policyRule: ['agentgateway.policy', 'agw.policy.name'],
  },
  values: { resource: { tool: '', prompt: '', resource: '' } },
  namePrefixes: [''],
};
