import type { Dialect } from './dialect.ts';

/**
 * LiteLLM's proxy. `default_user_id` is nobody. Its first OpenTelemetry integration says HTTP 500 where the wire had 200.
 */
export const litellm: Dialect = {
  name: 'litellm',
  scopes: ['litellm'],
  scopePrefixes: ['litellm'],
  provesSuccess: 'always',
  keys: { server: ['litellm.mcp.server.name', 'mcp.server.name'] },
  ignores: ['http.response.status_code', 'http.status_code'],
  namePrefixes: [''],
};
