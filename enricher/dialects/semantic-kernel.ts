import type { Dialect } from './dialect.ts';

/** Semantic Kernel: success and failure look alike, and nothing names a tool's server. */
export const semanticKernel: Dialect = {
  name: 'semantic-kernel',
  scopes: [],
  scopePrefixes: ['semantic_kernel', 'Microsoft.SemanticKernel'],
  provesSuccess: 'never',
};
