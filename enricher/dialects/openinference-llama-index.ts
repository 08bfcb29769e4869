import type { Dialect } from './dialect.ts';
import { openinference } from './openinference.ts';

/**
 * Its bridge to LlamaIndex. Of a tool all that it was called with is told, its arguments within, and Python's text of the result beside the
 * result itself. What prepares a model's call has the kind of one.
 */
export const openinferenceLlamaIndex: Dialect = {
  ...openinference,
  name: 'openinference-llama-index',
  scopes: ['openinference.instrumentation.llama_index'],
  scopePrefixes: [],
  fingerprint: {},
  bundles: {
    'input.value': { kwargs: 'arguments' },
    'output.value': { raw_output: 'result', 'raw_output>is_error': 'failed', is_error: 'failed' },
  },
  rules: [{ name: '*._prepare_chat_with_tools', role: 'other' }, ...(openinference.rules ?? [])],
};
