import type { Dialect } from './dialect.ts';

/** Sentry's MCP server integration: INTERNAL, arguments one attribute each, a JSON-RPC error without a sign. */
export const sentry: Dialect = {
  name: 'sentry',
  scopes: ['@sentry/node', '@sentry/core', '@sentry/opentelemetry'],
  scopePrefixes: ['@sentry/'],
  fingerprint: {
    keys: [
      'mcp.tool.result.is_error',
      'mcp.tool.result.content_count',
      'sentry.op',
      'sentry.origin',
    ],
  },
  provesSuccess: 'never',
  flattened: { 'mcp.request.argument.': 'arguments' },
  result: ['mcp.tool.result.content'],
  namePrefixes: [''],
};
