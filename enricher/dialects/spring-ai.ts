import type { Dialect } from './dialect.ts';

/** Spring AI 2: the tool's name only among its own keys. */
export const springAi: Dialect = {
  name: 'spring-ai',
  scopes: [],
  fingerprint: { keys: ['spring.ai.kind', 'spring.ai.tool.definition.name'] },
  provesSuccess: 'never',
  keys: {
    tool: ['spring.ai.tool.definition.name'],
    toolCallId: ['spring.ai.tool.call.id'],
    conversation: ['spring.ai.chat.client.conversation.id'],
  },
  arguments: ['spring.ai.tool.call.arguments'],
  result: ['spring.ai.tool.call.result'],
};
