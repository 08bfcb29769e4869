import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../../../otlp/span.ts';
import { usageFrom } from '../../../../enricher/cost/usage.ts';

function usage(attributes: Readonly<Record<string, AttributeValue>>) {
  return usageFrom(new Map(Object.entries(attributes)));
}

describe('token usage', () => {
  it('takes cached tokens out of an input that includes them', () => {
    // As reported to Langfuse by OpenRouter: 17,903 prompt tokens of which 17,817 were cached; 86 are new, not 35,720 in all.
    expect(
      usage({
        'gen_ai.usage.input_tokens': 17_903,
        'gen_ai.usage.cache_read.input_tokens': 17_817,
        'gen_ai.usage.output_tokens': 5,
      }),
    ).toMatchObject({
      inputTokens: 86,
      cacheReadTokens: 17_817,
      cacheWriteTokens: null,
      inputTokensAll: 17_903,
      flags: [],
    });
  });

  it('takes cached tokens as standing beside an input that is smaller than they are', () => {
    // An Anthropic reply as it comes: {"input_tokens":3,"cache_creation_input_tokens":12304,"cache_read_input_tokens":0,"output_tokens":550}.
    expect(
      usage({
        'gen_ai.usage.input_tokens': 3,
        'gen_ai.usage.cache_creation_input_tokens': 12_304,
        'gen_ai.usage.cache_read_input_tokens': 0,
        'gen_ai.usage.output_tokens': 550,
      }),
    ).toMatchObject({
      inputTokens: 3,
      cacheReadTokens: 0,
      cacheWriteTokens: 12_304,
      inputTokensAll: 12_307,
      outputTokens: 550,
      flags: ['usage_cache_beside_input'],
    });
  });

  it('believes a stated total about what is beside what', () => {
    const counts = {
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 20,
      'gen_ai.usage.cache_read.input_tokens': 40,
      'gen_ai.usage.reasoning.output_tokens': 5,
    };
    expect(usage({ ...counts, 'gen_ai.usage.total_tokens': 120 })).toMatchObject({
      inputTokens: 60,
      outputTokens: 15,
      flags: [],
    });
    expect(usage({ ...counts, 'gen_ai.usage.total_tokens': 160 })).toMatchObject({
      inputTokens: 100,
      inputTokensAll: 140,
      outputTokens: 15,
      flags: ['usage_cache_beside_input'],
    });
    expect(usage({ ...counts, 'gen_ai.usage.total_tokens': 165 })).toMatchObject({
      inputTokens: 100,
      outputTokens: 20,
      outputTokensAll: 25,
    });
  });

  it("takes Claude Code's own input_tokens as excluding the cached ones", () => {
    expect(
      usage({ input_tokens: 900, output_tokens: 10, cache_read_tokens: 500, model: 'claude-x' }),
    ).toMatchObject({ model: 'claude-x', inputTokens: 900, inputTokensAll: 1400 });
  });

  it('picks one of several keys with the same meaning, and never adds them', () => {
    // Strands writes four styles of key on one span.
    expect(
      usage({
        'gen_ai.usage.prompt_tokens': 11,
        'gen_ai.usage.input_tokens': 10,
        'llm.token_count.prompt': 12,
        'gen_ai.usage.completion_tokens': 4,
        'gen_ai.usage.output_tokens': 4,
      }),
    ).toMatchObject({ inputTokens: 10, outputTokens: 4 });
  });

  it('knows nothing where nothing was reported, and does not call that zero', () => {
    expect(usage({})).toMatchObject({
      provider: null,
      model: null,
      inputTokens: null,
      outputTokens: null,
      inputTokensAll: null,
      reportedCost: null,
      flags: [],
    });
  });

  it('does not price an output of which more was reasoning than came out', () => {
    expect(
      usage({ 'gen_ai.usage.output_tokens': 10, 'gen_ai.usage.reasoning_tokens': 11 }),
    ).toMatchObject({
      outputTokens: 10,
      reasoningTokens: null,
      unpriceable: ['output'],
      flags: ['usage_contradictory'],
    });
  });

  it.each([[-1], [1.5], [Number.NaN], ['many'], [true], ['99999999999999999']])(
    'takes a count of %s as not reported',
    (value) => {
      expect(usage({ 'gen_ai.usage.input_tokens': value })).toMatchObject({
        inputTokens: null,
        flags: ['usage_malformed'],
      });
    },
  );

  it("reads the emitter's own cost exactly, from text, number or micros", () => {
    expect(usage({ 'gen_ai.usage.cost': '0.1849' }).reportedCost?.amountNano).toBe(184_900_000);
    expect(usage({ 'gen_ai.usage.cost': 1.5e-7 }).reportedCost?.amountNano).toBe(150);
    expect(usage({ cost_usd_micros: 4211 }).reportedCost?.amountNano).toBe(4_211_000);
    expect(usage({ 'gen_ai.usage.cost': 'free' }).reportedCost).toBeNull();
  });

  it("calls the provider by today's name", () => {
    expect(usage({ 'gen_ai.system': 'az.ai.openai' }).provider).toBe('azure.ai.openai');
    expect(usage({ 'gen_ai.provider.name': 'anthropic', 'gen_ai.system': 'x' }).provider).toBe(
      'anthropic',
    );
  });

  it('gives disjoint, non-negative meters whose sum is the whole, whatever the counts', () => {
    const count = fc.option(fc.nat({ max: 1_000_000 }), { nil: undefined });
    const counts = fc.record({ i: count, o: count, r: count, w: count, g: count, t: count });
    fc.assert(
      fc.property(counts, ({ i, o, r, w, g, t }) => {
        const entries: [string, number | undefined][] = [
          ['gen_ai.usage.input_tokens', i],
          ['gen_ai.usage.output_tokens', o],
          ['gen_ai.usage.cache_read.input_tokens', r],
          ['gen_ai.usage.cache_write.input_tokens', w],
          ['gen_ai.usage.reasoning.output_tokens', g],
          ['gen_ai.usage.total_tokens', t],
        ];
        const known = entries.filter((entry): entry is [string, number] => entry[1] !== undefined);
        const found = usageFrom(new Map(known));
        const cached = (found.cacheReadTokens ?? 0) + (found.cacheWriteTokens ?? 0);
        if (found.inputTokens !== null) {
          expect(found.inputTokens).toBeGreaterThanOrEqual(0);
          expect(found.inputTokens + cached).toBe(found.inputTokensAll);
        }
        if (found.outputTokens !== null) {
          expect(found.outputTokens).toBeGreaterThanOrEqual(0);
          expect(found.outputTokens + (found.reasoningTokens ?? 0)).toBe(found.outputTokensAll);
        }
        if (i === undefined) expect(found.inputTokens).toBeNull();
      }),
    );
  });
});
