import type { Dialect } from './dialect.ts';

/** Alibaba's loongsuite for Python: near the name of Traceloop's scope, with another vocabulary. */
export const loongsuite: Dialect = {
  name: 'loongsuite',
  scopes: ['opentelemetry.instrumentation.mcp'],
  provesSuccess: 'never',
  keys: { conversation: ['gen_ai.session.id'] },
  arguments: ['mcp.parameters'],
  result: ['output.value'],
  namePrefixes: [''],
};
