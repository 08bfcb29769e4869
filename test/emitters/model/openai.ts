import { list, member, string, texts } from './json.ts';
import type { Conversation, Said, Turn } from './plan.ts';
import { conversationOf, nextTurn, tokensOf } from './plan.ts';

/** OpenAI's Chat Completions, whole or as events. */
export function chatCompletion(body: unknown, id: string): object | readonly object[] {
  const said = list(member(body, 'messages')).map(chatMessage);
  const tools = list(member(body, 'tools')).map((tool) =>
    string(member(member(tool, 'function'), 'name')),
  );
  const conversation = conversationOf(said, tools, string(member(body, 'model')));
  const turn = nextTurn(conversation);
  const head = { id: `chatcmpl-${id}`, created: 1_763_683_200, model: conversation.model };
  const finish = turn.kind === 'call' ? 'tool_calls' : 'stop';
  const message = chatAnswer(turn, id);
  const usage = chatUsage(conversation);
  if (member(body, 'stream') !== true) {
    const choice = { index: 0, message, finish_reason: finish };
    return { ...head, object: 'chat.completion', choices: [choice], usage };
  }
  const chunk = (choices: readonly object[], more: object = {}) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices,
    ...more,
  });
  return [
    chunk([{ index: 0, delta: message, finish_reason: null }]),
    chunk([{ index: 0, delta: {}, finish_reason: finish }]),
    chunk([], { usage }),
  ];
}

function chatMessage(message: unknown): Said {
  const role = member(message, 'role');
  if (role === 'tool' || role === 'function') return { by: 'tool' };
  if (role !== 'user') return { by: 'other' };
  return { by: 'user', text: texts(member(message, 'content')) };
}

function chatAnswer(turn: Turn, id: string): object {
  if (turn.kind === 'text') return { role: 'assistant', content: turn.text };
  const called = { name: turn.tool, arguments: JSON.stringify(turn.arguments) };
  const toolCall = { index: 0, id: `call_${id}`, type: 'function', function: called };
  return { role: 'assistant', content: null, tool_calls: [toolCall] };
}

function chatUsage(conversation: Conversation): object {
  const { input, output } = tokensOf(conversation);
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

/** OpenAI's Responses, whole or as events. */
export function response(body: unknown, id: string): object | readonly object[] {
  const input = member(body, 'input');
  const said = typeof input === 'string' ? [userSaid(input)] : list(input).map(responseItem);
  const tools = list(member(body, 'tools')).flatMap(toolNames);
  const conversation = conversationOf(said, tools, string(member(body, 'model')));
  const item = responseOutput(nextTurn(conversation), id);
  const { input: inputTokens, output: outputTokens } = tokensOf(conversation);
  const head = {
    id: `resp_${id}`,
    object: 'response',
    created_at: 1_763_683_200,
    model: conversation.model,
    parallel_tool_calls: false,
    tool_choice: 'auto',
    tools: [],
  };
  const done = {
    ...head,
    status: 'completed',
    output: [item],
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    },
  };
  if (member(body, 'stream') !== true) return done;
  const events = [
    { type: 'response.created', response: { ...head, status: 'in_progress', output: [] } },
    ...itemEvents(item),
    { type: 'response.completed', response: done },
  ];
  return events.map((event, index) => ({ ...event, sequence_number: index }));
}

const userSaid = (text: string): Said => ({ by: 'user', text });

function responseItem(item: unknown): Said {
  const type = string(member(item, 'type'));
  if (type.endsWith('_output')) return { by: 'tool' };
  if (member(item, 'role') !== 'user') return { by: 'other' };
  return userSaid(texts(member(item, 'content')));
}

/** A tool's name, or those of a namespace with its name before them. */
function toolNames(tool: unknown): readonly string[] {
  const inner = list(member(tool, 'tools'));
  if (inner.length === 0) return [string(member(tool, 'name'))];
  return inner.map((one) => `${string(member(tool, 'name'))}/${string(member(one, 'name'))}`);
}

type OutputItem =
  | { readonly type: 'function_call'; readonly arguments: string; readonly [more: string]: unknown }
  | {
      readonly type: 'message';
      readonly content: readonly [{ readonly text: string; readonly [more: string]: unknown }];
      readonly [more: string]: unknown;
    };

function responseOutput(turn: Turn, id: string): OutputItem {
  if (turn.kind === 'text') {
    const part = { type: 'output_text', text: turn.text, annotations: [] } as const;
    return {
      id: `msg_${id}`,
      type: 'message',
      status: 'completed',
      role: 'assistant',
      content: [part],
    };
  }
  const [namespace, name] = turn.tool.includes('/') ? turn.tool.split('/') : [undefined, turn.tool];
  return {
    id: `fc_${id}`,
    type: 'function_call',
    status: 'completed',
    call_id: `call_${id}`,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    arguments: JSON.stringify(turn.arguments),
  };
}

function itemEvents(item: OutputItem): readonly object[] {
  const at = { output_index: 0, item_id: item['id'] };
  const added = { ...item, status: 'in_progress' };
  if (item.type === 'function_call') {
    return [
      { type: 'response.output_item.added', output_index: 0, item: { ...added, arguments: '' } },
      { type: 'response.function_call_arguments.delta', ...at, delta: item.arguments },
      { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments },
      { type: 'response.output_item.done', output_index: 0, item },
    ];
  }
  const [part] = item.content;
  const inPart = { ...at, content_index: 0 };
  return [
    { type: 'response.output_item.added', output_index: 0, item: { ...added, content: [] } },
    { type: 'response.content_part.added', ...inPart, part: { ...part, text: '' } },
    { type: 'response.output_text.delta', ...inPart, delta: part.text, logprobs: [] },
    { type: 'response.output_text.done', ...inPart, text: part.text, logprobs: [] },
    { type: 'response.content_part.done', ...inPart, part },
    { type: 'response.output_item.done', output_index: 0, item },
  ];
}
