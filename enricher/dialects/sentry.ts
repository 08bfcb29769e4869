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
  answers: ['mcp.tool.result.content_count', 'mcp.prompt.result.message_count'],
  flattened: { 'mcp.request.argument.': 'arguments' },
  flattenedAs: 'json',
  repeats: { prompt: 'mcp.request.argument.name', resource: 'mcp.request.argument.uri' },
  result: ['mcp.tool.result.content'],
  namePrefixes: [''],
};
