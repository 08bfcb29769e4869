import type { Dialect } from './dialect.ts';

/** The Quarkus MCP server: the standard with the JSON-RPC keys of before 1.39. */
export const quarkus: Dialect = {
  name: 'quarkus',
  scopes: ['io.quarkus.opentelemetry.mcp'],
  provesSuccess: 'always',
};
