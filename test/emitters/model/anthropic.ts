import { list, member, string, texts } from './json.ts';
import type { Said, Turn } from './plan.ts';
import { conversationOf, nextTurn, tokensOf } from './plan.ts';

/** Anthropic's Messages, whole or as events. */
export function anthropicMessage(body: unknown, id: string): object | readonly object[] {
  const said = list(member(body, 'messages')).flatMap(messageParts);
  const tools = list(member(body, 'tools')).map((tool) => string(member(tool, 'name')));
  const conversation = conversationOf(said, tools, string(member(body, 'model')));
  const turn = nextTurn(conversation);
  const { input, output } = tokensOf(conversation);
  const usage = { input_tokens: input, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
  const head = { id: `msg_${id}`, type: 'message', role: 'assistant', model: conversation.model };
  const stopReason = turn.kind === 'call' ? 'tool_use' : 'end_turn';
  const block = contentBlock(turn, id);
  if (member(body, 'stream') !== true) {
    const ended = { stop_reason: stopReason, stop_sequence: null };
    return { ...head, content: [block], ...ended, usage: { ...usage, output_tokens: output } };
  }
  const open = { ...head, content: [], stop_reason: null, stop_sequence: null };
  const delta =
    turn.kind === 'text'
      ? { type: 'text_delta', text: turn.text }
      : { type: 'input_json_delta', partial_json: JSON.stringify(turn.arguments) };
  const empty = turn.kind === 'text' ? { ...block, text: '' } : { ...block, input: {} };
  return [
    { type: 'message_start', message: { ...open, usage: { ...usage, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: empty },
    { type: 'content_block_delta', index: 0, delta },
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { output_tokens: output },
    },
    { type: 'message_stop' },
  ];
}

/** A user's message may carry words, results of tools, or both. */
function messageParts(message: unknown): readonly Said[] {
  if (member(message, 'role') !== 'user') return [{ by: 'other' }];
  const content = member(message, 'content');
  if (typeof content === 'string') return [{ by: 'user', text: content }];
  return list(content).map((part): Said =>
    member(part, 'type') === 'tool_result' ? { by: 'tool' } : { by: 'user', text: texts([part]) },
  );
}

function contentBlock(turn: Turn, id: string): object {
  if (turn.kind === 'text') return { type: 'text', text: turn.text };
  return { type: 'tool_use', id: `toolu_${id}`, name: turn.tool, input: turn.arguments };
}
