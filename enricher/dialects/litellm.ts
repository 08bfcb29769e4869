import type { Dialect } from './dialect.ts';

/**
 * LiteLLM's proxy. `default_user_id` is nobody; a key's alias is a client, its team a team. Its first OpenTelemetry integration says HTTP 500 where the wire had 200.
 */
export const litellm: Dialect = {
  name: 'litellm',
  scopes: ['litellm'],
  scopePrefixes: ['litellm'],
  provesSuccess: 'always',
  keys: {
    server: ['litellm.mcp.server.name', 'mcp.server.name'],
    reportedCost: ['litellm.cost.total'],
    source: ['litellm.metadata.requester_ip_address', 'client.address'],
  },
  // Its word where nobody told it a tool's price.
  values: { reportedCost: { 0: '' } },
  ignores: ['http.response.status_code', 'http.status_code'],
  namePrefixes: [''],
};
