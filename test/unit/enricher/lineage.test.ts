import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readLineage } from '../../../enricher/read-lineage.ts';

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
  ])('is read from messages in the manner of %s', (_, messages) => {
    const attributes = new Map([['gen_ai.input.messages', JSON.stringify(messages)]]);
    expect(readLineage(attributes)?.used).toEqual(['x']);
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
