import type { Dialect } from './dialect.ts';

/** VS Code Copilot Chat and Copilot CLI: the standard, and sessions of their own. */
export const copilot: Dialect = {
  name: 'copilot',
  scopes: ['copilot-chat', 'github.copilot', 'copilot-cli'],
  scopePrefixes: ['github.copilot', 'copilot'],
  fingerprint: { keys: ['copilot_chat.session_id', 'copilot_chat.chat_session_id'] },
  provesSuccess: 'never',
  keys: {
    conversation: ['gen_ai.conversation.id', 'copilot_chat.chat_session_id'],
    parentAgent: ['copilot_chat.parent_chat_session_id'],
  },
};
