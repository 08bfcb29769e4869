import type { Dialect } from './dialect.ts';

/** Langfuse's SDK; its own filter drops the spans of the MCP side. */
export const langfuse: Dialect = {
  name: 'langfuse',
  scopes: ['langfuse-sdk'],
  scopePrefixes: ['langfuse'],
  fingerprint: { keys: ['langfuse.observation.type'] },
  provesSuccess: 'never',
  keys: {
    operation: ['langfuse.observation.type'],
    conversation: ['langfuse.session.id', 'session.id'],
  },
  values: {
    operation: {
      tool: 'execute_tool',
      agent: 'invoke_agent',
      generation: 'chat',
      span: '',
      event: '',
      chain: '',
    },
  },
  arguments: ['langfuse.observation.input'],
  result: ['langfuse.observation.output'],
  rules: [
    {
      where: { 'langfuse.observation.type': ['guardrail'] },
      role: 'decision',
      says: { decisionKind: 'guardrail' },
    },
    { where: { 'langfuse.observation.type': ['tool'] }, name: '*', into: 'tool' },
    { where: { 'langfuse.observation.type': ['agent'] }, name: '*', into: 'agent' },
  ],
};
