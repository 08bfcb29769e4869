import type { Dialect } from './dialect.ts';

/** LangSmith's OpenTelemetry export of LangChain and LangGraph runs. */
export const langsmith: Dialect = {
  name: 'langsmith',
  scopes: ['langsmith'],
  scopePrefixes: ['langsmith'],
  fingerprint: { keys: ['langsmith.span.kind'] },
  provesSuccess: 'never',
  keys: { conversation: ['langsmith.metadata.session_id', 'langsmith.metadata.thread_id'] },
};
