import type { Dialect } from './dialect.ts';

/** Bridges of the OpenAI Agents SDK: success and failure look alike, and nothing names a tool's server. */
export const openaiAgents: Dialect = {
  name: 'openai-agents',
  scopes: ['opentelemetry.instrumentation.openai_agents_v2', 'openai-agents'],
  provesSuccess: 'never',
};
