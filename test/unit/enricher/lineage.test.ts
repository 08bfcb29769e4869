import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readLineage as readLineageOf } from '../../../enricher/read-lineage.ts';
import type { AttributeValue, SpanEvent } from '../../../otlp/span.ts';

function readLineage(
  attributes: ReadonlyMap<string, AttributeValue>,
  events: readonly SpanEvent[] = [],
) {
  return readLineageOf({ attributes, events });
}

function event(name: string, attributes: Readonly<Record<string, string>>): SpanEvent {
  return { name, timeUs: 0, attributes: new Map(Object.entries(attributes)) };
}

describe('the story that a model call is part of', () => {
  it('is read from the standard’s messages', () => {
    const input = JSON.stringify([
      { role: 'user', parts: [{ type: 'text', content: 'tool_call_response' }] },
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'old', name: 'read' }] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'old', result: { id: 'no' } }] },
    ]);
    const output = JSON.stringify([
      { role: 'assistant', parts: [{ type: 'tool_call', id: 'new', name: 'write' }] },
    ]);
    const attributes = new Map([
      ['gen_ai.input.messages', input],
      ['gen_ai.output.messages', output],
    ]);
    const promptDigest = createHash('sha256').update(input).digest('hex');
    expect(readLineage(attributes)).toEqual({ promptDigest, asked: ['new'], used: ['old'] });
  });

  it.each([
    ['OpenAI', [{ role: 'tool', tool_call_id: 'x', content: '1' }]],
    ['Anthropic', [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x' }] }]],
    ['AI SDK', [{ role: 'tool', content: [{ type: 'tool-result', toolCallId: 'x' }] }]],
    ['LangChain', [{ type: 'tool', tool_call_id: 'x' }]],
    ['OpenAI’s responses', [{ type: 'function_call_output', call_id: 'x', output: '1' }]],
    ['Bedrock', [{ toolResult: { toolUseId: 'x', content: [] } }]],
  ])('is read from messages in the manner of %s', (_, messages) => {
    const attributes = new Map([['gen_ai.input.messages', JSON.stringify(messages)]]);
    expect(readLineage(attributes)?.used).toEqual(['x']);
  });

  it('is read from the messages that Gemini CLI writes, which knows a call by the tool and the id', () => {
    const messages = [{ role: 'user', parts: [{ functionResponse: { name: 'add', id: 'x' } }] }];
    const answer = [{ role: 'model', parts: [{ functionCall: { id: 'add__y', name: 'add' } }] }];
    const attributes = new Map([
      ['gen_ai.input.messages', JSON.stringify(messages)],
      ['gen_ai.output.messages', JSON.stringify(answer)],
    ]);
    expect(readLineage(attributes)).toMatchObject({ asked: ['add__y'], used: ['x', 'add__x'] });
  });

  it('is read from messages that are one attribute a member', () => {
    const openInference = new Map([
      ['llm.input_messages.0.message.role', 'user'],
      ['llm.input_messages.1.message.tool_calls.0.tool_call.id', 'old'],
      ['llm.input_messages.2.message.tool_call_id', 'old'],
      ['llm.output_messages.0.message.tool_calls.0.tool_call.id', 'new'],
    ]);
    expect(readLineage(openInference)).toMatchObject({ asked: ['new'], used: ['old'] });
    const openLlmetry = new Map([
      ['gen_ai.prompt.0.content', 'add'],
      ['gen_ai.prompt.1.tool_call_id', 'old'],
      ['gen_ai.completion.0.tool_calls.0.id', 'new'],
      ['gen_ai.completion.0.tool_calls.0.name', 'add'],
    ]);
    const promptDigest = createHash('sha256')
      .update('gen_ai.prompt.0.content add\ngen_ai.prompt.1.tool_call_id old')
      .digest('hex');
    expect(readLineage(openLlmetry)).toEqual({ promptDigest, asked: ['new'], used: ['old'] });
    expect(readLineage(new Map([['gen_ai.prompt.name', 'greet']]))).toBeUndefined();
  });

  it('is read from the events of a span, the earlier conventions’ and Strands’', () => {
    const events = [
      event('gen_ai.user.message', { content: 'add' }),
      event('gen_ai.tool.message', { id: 'a', content: '3' }),
      event('gen_ai.tool.message', { content: '[{"toolResult":{"toolUseId":"b"}}]' }),
      event('gen_ai.choice', { message: '[{"toolUse":{"toolUseId":"c","name":"add"}}]' }),
      event('exception', { content: '[{"toolResult":{"toolUseId":"no"}}]' }),
    ];
    expect(readLineage(new Map(), events)).toMatchObject({ asked: ['c'], used: ['a', 'b'] });
    expect(readLineage(new Map(), events)?.promptDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(readLineage(new Map(), events.slice(0, 1))?.promptDigest).not.toBe(
      readLineage(new Map(), events)?.promptDigest,
    );
  });

  it('leaves out what the provider ran itself', () => {
    const parts = [{ type: 'server_tool_call', id: 'no', name: 'web_search' }];
    const attributes = new Map([['gen_ai.output.messages', JSON.stringify([{ parts }])]]);
    expect(readLineage(attributes)?.asked).toEqual([]);
  });

  it('is unknown where nothing was captured, and says no more than it can read', () => {
    expect(readLineage(new Map([['gen_ai.request.model', 'm']]))).toBeUndefined();
    const cut = new Map([['gen_ai.input.messages', '[{"type":"tool_call_response","id":"x"']]);
    expect(readLineage(cut)).toMatchObject({ asked: [], used: [] });
  });

  it('keeps the last ids of a conversation without end', () => {
    const parts = Array.from({ length: 500 }, (_, at) => ({
      type: 'tool_result',
      tool_use_id: `t${at}`,
    }));
    const lineage = readLineage(new Map([['gen_ai.input.messages', JSON.stringify(parts)]]));
    expect(lineage?.used).toHaveLength(64);
    expect(lineage?.used.at(-1)).toBe('t499');
  });
});
