import type { Dialect } from './dialect.ts';

/**
 * Strands: `execute_tool X` over the Python SDK's spans. Its arguments and results stand in events, its status in `gen_ai.tool.status`.
 */
export const strands: Dialect = {
  name: 'strands',
  scopes: ['strands.telemetry.tracer', 'strands-agents'],
  scopePrefixes: ['strands.'],
  provesSuccess: 'never',
  events: {
    'gen_ai.tool.message': { content: 'arguments' },
    'gen_ai.choice': { message: 'result' },
  },
};
