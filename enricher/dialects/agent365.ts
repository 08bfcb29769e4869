import type { Dialect } from './dialect.ts';

/**
 * Microsoft's Agent365 observability: the human caller, the agent, the agent's own account and the agent that called it, on every span by
 * baggage.
 */
export const agent365: Dialect = {
  name: 'agent365',
  scopes: [],
  scopePrefixes: ['Agent365', 'agent365', 'Microsoft.Agents.A365', 'microsoft_agents_a365'],
  fingerprint: {
    keys: [
      'microsoft.a365.agent.blueprint.id',
      'microsoft.a365.caller.agent.id',
      'microsoft.agent.user.id',
    ],
  },
  provesSuccess: 'always',
  keys: {
    agentId: ['gen_ai.agent.id', 'microsoft.a365.agent.id'],
    parentAgent: ['microsoft.a365.caller.agent.name', 'microsoft.a365.caller.agent.id'],
    conversation: ['gen_ai.conversation.id', 'microsoft.session.id'],
  },
};
