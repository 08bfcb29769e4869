import type { Dialect } from './dialect.ts';
import { openllmetryFrameworks } from './openllmetry-frameworks.ts';

/**
 * Traceloop's instrumentation of LangChain and LangGraph. What a tool was given and gave stands within what its callbacks were given: its
 * `ToolMessage` alone says whether it failed.
 */
export const openllmetryLangchain: Dialect = {
  ...openllmetryFrameworks,
  name: 'openllmetry-langchain',
  scopes: ['opentelemetry.instrumentation.langchain', '@traceloop/instrumentation-langchain'],
  scopePrefixes: [],
  fingerprint: {},
  bundles: {
    'gen_ai.tool.call.arguments': { inputs: 'arguments', 'kwargs>tool_call_id': 'toolCallId' },
    'gen_ai.tool.call.result': {
      'output>kwargs>content': 'result',
      'output>kwargs>status': 'failed',
    },
  },
};
