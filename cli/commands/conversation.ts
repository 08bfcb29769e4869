import type { ConversationAnswer } from '../answers.ts';
import { apiClient, apiOptions } from '../api-client.ts';
import type { Command } from '../command.ts';
import { exitCodes } from '../failure.ts';
import { renderConversation } from '../render/conversation.ts';

/** Shows a conversation as its story. */
export const conversationCommand: Command = {
  name: 'conversation',
  summary: 'a conversation as its story: model calls, decisions, tool calls, what used what',
  positionals: ['<conversation-id>'],
  options: apiOptions,
  async run(given, terminal) {
    const path = `/v1/conversations/${encodeURIComponent(given.positionals[0] ?? '')}`;
    const answer = await apiClient(given, terminal).get<ConversationAnswer>(path);
    const colour = terminal.paint.bold('x') !== 'x';
    const shown = given.flag('json')
      ? JSON.stringify(answer)
      : renderConversation(answer, { colour });
    terminal.out(shown);
    return exitCodes.ok;
  },
};
