import type { Dialect } from './dialect.ts';

/** Agent to agent calls (A2A), as the GenAI conventions draft them: an agent's edge, whose context is the conversation. */
export const a2a: Dialect = {
  name: 'a2a',
  scopes: ['a2a-python-sdk', 'a2a-sdk', '@a2a-js/sdk'],
  scopePrefixes: ['a2a'],
  fingerprint: { keys: ['a2a.method.name', 'a2a.agent.name', 'a2a.context.id'] },
  provesSuccess: 'never',
  keys: {
    agent: ['a2a.agent.name', 'a2a.agent', 'gen_ai.agent.name'],
    conversation: ['a2a.context.id', 'gen_ai.conversation.id'],
  },
  rules: [{ where: { 'a2a.method.name': [] }, role: 'agent' }],
};
