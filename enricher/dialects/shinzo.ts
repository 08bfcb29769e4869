import type { Dialect } from './dialect.ts';

/**
 * Shinzo: spans without a kind in a scope named after the server. Its request ids are random, its session is the process's, and its
 * `client.address` is the server's own.
 */
export const shinzo: Dialect = {
  name: 'shinzo',
  scopes: [],
  fingerprint: { resourceKeys: ['mcp.session.id'] },
  provesSuccess: 'never',
  scopeInto: 'server',
  ignores: ['mcp.request.id', 'client.address'],
  flattened: { 'mcp.request.argument.': 'arguments' },
  namePrefixes: [''],
};
