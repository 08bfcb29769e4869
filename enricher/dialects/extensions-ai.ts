import type { Dialect } from './dialect.ts';

/** Microsoft.Extensions.AI: the standard, and `orchestrate_tools` around a round of tools, which is no call. */
export const extensionsAi: Dialect = {
  name: 'extensions-ai',
  scopes: ['Experimental.Microsoft.Extensions.AI', 'Microsoft.Extensions.AI'],
  scopePrefixes: ['Experimental.Microsoft.Agents', 'Microsoft.Agents'],
  provesSuccess: 'always',
  values: { operation: { orchestrate_tools: '' } },
};
