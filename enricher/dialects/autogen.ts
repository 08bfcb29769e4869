import type { Dialect } from './dialect.ts';

/** Microsoft's AutoGen: the standard's tool spans, without arguments and results, and nothing names a tool's server. */
export const autogen: Dialect = {
  name: 'autogen',
  scopes: ['autogen-core'],
  provesSuccess: 'always',
};
