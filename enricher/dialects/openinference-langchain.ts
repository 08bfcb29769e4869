import type { Dialect } from './dialect.ts';
import { openinference } from './openinference.ts';

/** Its bridge to LangChain and LangGraph. A tool's result is a `ToolMessage`, which alone says whether it failed. */
export const openinferenceLangchain: Dialect = {
  ...openinference,
  name: 'openinference-langchain',
  scopes: [
    'openinference.instrumentation.langchain',
    '@arizeai/openinference-instrumentation-langchain',
  ],
  scopePrefixes: [],
  fingerprint: {},
  bundles: {
    'output.value': {
      'data>content': 'result',
      'data>status': 'failed',
      'data>tool_call_id': 'toolCallId',
    },
  },
};
