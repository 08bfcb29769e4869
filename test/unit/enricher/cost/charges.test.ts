import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountNanoOf } from '../../../../enricher/cost/exact-amount.ts';
import { chargeInference } from '../../../../enricher/cost/charge-inference.ts';
import { chargeToolCall } from '../../../../enricher/cost/charge-tool-call.ts';
import { summariseCharges } from '../../../../enricher/cost/summarise-charges.ts';
import { usageFrom } from '../../../../enricher/cost/usage.ts';
import { parseRegistry } from '../../../../registry/document.ts';
import { emptyPriceBook, priceBookOf } from '../../../../registry/price-book.ts';
import type { Charge, Outcome } from '../../../../schemas/record-types.ts';

const builtIn = priceBookOf(
  parseRegistry(readFileSync('registry/price-book.yaml', 'utf8')).prices ?? [],
);
const endTimeUs = Date.UTC(2026, 5, 1) * 1000;

function anthropic(model: string, input: number, output: number, write: number, read: number) {
  return usageFrom(
    new Map<string, string | number>([
      ['gen_ai.provider.name', 'anthropic'],
      ['gen_ai.response.model', model],
      ['gen_ai.usage.input_tokens', input],
      ['gen_ai.usage.output_tokens', output],
      ['gen_ai.usage.cache_creation.input_tokens', write],
      ['gen_ai.usage.cache_read.input_tokens', read],
    ]),
  );
}

function byMeter(charges: readonly Charge[]) {
  return Object.fromEntries(charges.map(({ meter, amountNano }) => [meter, amountNano]));
}

describe('charges of an inference', () => {
  it("come to what the provider's own bill says for a cache write", () => {
    // Anthropic's console billed this request (Claude 3.7 Sonnet) 4.614 cents for the cache write and 0.825 for the output;
    // three tokens of input add 0.0009. A gateway that counted the write twice came to 9.13 cents.
    const usage = anthropic('claude-3-7-sonnet-20250219', 3, 550, 12_304, 0);
    const charges = chargeInference(usage, builtIn, endTimeUs);
    expect(byMeter(charges)).toEqual({
      input_tokens: 9_000,
      cache_write_tokens: 46_140_000,
      output_tokens: 8_250_000,
    });
    expect(summariseCharges(charges)).toEqual({
      costNano: 54_399_000,
      currency: 'USD',
      costSource: 'computed',
      flags: [],
    });
  });

  it('price a tool that the provider ran itself as a tool of a server named as the provider', () => {
    const prices = parseRegistry(`prices:
  - { id: acme/search, server: acme, tool: web_search, meter: tool_call, unit: Requests, rate: '0.01', currency: USD, effectiveFrom: 2026-01-01, source: list }
`).prices;
    const usage = usageFrom(
      new Map<string, string | number>([
        ['gen_ai.provider.name', 'acme'],
        ['gen_ai.response.model', 'm'],
        ['gen_ai.usage.output_tokens', 5],
        ['gen_ai.usage.details.web_search_requests', '3'],
        ['gen_ai.usage.details.web_fetch_requests', -1],
        ['gen_ai.usage.details.code_interpreter_sessions', 'many'],
      ]),
    );
    // Three searches at one cent; nothing prices the tokens.
    expect(chargeInference(usage, priceBookOf(prices ?? []), endTimeUs)).toMatchObject([
      { meter: 'output_tokens', quantity: 5, amountNano: null },
      { meter: 'provider_tool_call', quantity: 3, sku: 'web_search', amountNano: 30_000_000 },
    ]);
  });

  it('count cached tokens once when the input includes them', () => {
    // 98,805 prompt tokens, of which 66,360 were read from and 32,435 written to the cache; 5,120 output. By hand, at 5 / 6.25 / 0.5 /
    // 25 dollars a million: 10 × 5 + 32,435 × 6.25 + 66,360 × 0.5 + 5,120 × 25 = 363,948.75 millionths of a dollar.
    const usage = anthropic('claude-opus-4-5-20251101', 98_805, 5_120, 32_435, 66_360);
    expect(summariseCharges(chargeInference(usage, builtIn, endTimeUs)).costNano).toBe(363_948_750);
  });

  it('carry the price of the end of the call: before the price began there is none', () => {
    const usage = anthropic('claude-opus-4-5', 100, 10, 0, 0);
    const before = Date.parse('2025-11-23T23:59:59.999Z') * 1000;
    const at = Date.parse('2025-11-24T00:00:00Z') * 1000;
    expect(chargeInference(usage, builtIn, before).map(({ source }) => source)).toEqual([
      'unpriced',
      'unpriced',
    ]);
    expect(chargeInference(usage, builtIn, at)[0]).toMatchObject({
      priceId: 'claude-opus-4-5/input',
      amountNano: 500_000,
    });
  });

  it('are unpriced, never zero, for a model that is not in the book', () => {
    const charges = chargeInference(anthropic('unheard-of', 100, 10, 0, 0), builtIn, endTimeUs);
    expect(charges).toEqual([
      {
        meter: 'input_tokens',
        quantity: 100,
        unit: 'Tokens',
        sku: 'unheard-of',
        priceId: null,
        currency: null,
        amountNano: null,
        source: 'unpriced',
      },
      expect.objectContaining({ meter: 'output_tokens', quantity: 10, amountNano: null }),
    ]);
    expect(summariseCharges(charges)).toEqual({
      costNano: null,
      currency: null,
      costSource: 'unpriced',
      flags: [],
    });
  });

  it("take the emitter's own cost only where the book prices nothing", () => {
    const priced = new Map<string, string | number>([
      ['gen_ai.provider.name', 'openai'],
      ['gen_ai.request.model', 'gpt-5'],
      ['gen_ai.usage.input_tokens', 1_000_000],
      ['gen_ai.usage.cost', '99'],
    ]);
    expect(byMeter(chargeInference(usageFrom(priced), builtIn, endTimeUs))).toEqual({
      input_tokens: 1_250_000_000,
    });
    const unpriced = usageFrom(new Map(priced).set('gen_ai.request.model', 'other'));
    const charges = chargeInference(unpriced, builtIn, endTimeUs);
    expect(byMeter(charges)).toEqual({ input_tokens: null, reported_cost: 99_000_000_000 });
    expect(summariseCharges(charges)).toMatchObject({
      costNano: 99_000_000_000,
      costSource: 'provider_reported',
    });
  });

  it('do not exist for an inference that reported nothing', () => {
    expect(chargeInference(usageFrom(new Map()), builtIn, endTimeUs)).toEqual([]);
    expect(summariseCharges([]).costSource).toBe('unknown');
  });
});

describe('the charge of a tool call', () => {
  const prices = priceBookOf(
    parseRegistry(`prices:
  - { id: lookup, meter: tool_call, server: crm, tool: lookup, unit: Requests, rate: '0.0125', currency: EUR, effectiveFrom: 2026-01-01, source: contract }
`).prices ?? [],
  );
  const call = { server: 'crm', tool: 'lookup', endTimeUs };

  it.each<[Outcome, number]>([
    ['success', 1],
    ['tool_error', 1],
    ['protocol_error', 1],
    ['timed_out', 1],
    ['cancelled', 1],
    ['unknown', 1],
    ['denied', 0],
    ['input_required', 0],
  ])('of outcome %s: %i line', (outcome, lines) => {
    expect(chargeToolCall({ ...call, outcome }, prices)).toHaveLength(lines);
  });

  it('is the price of the tool, or unpriced', () => {
    const outcome = 'success';
    expect(chargeToolCall({ ...call, outcome }, prices)[0]).toEqual({
      meter: 'tool_call',
      quantity: 1,
      unit: 'Requests',
      sku: 'crm/lookup',
      priceId: 'lookup',
      currency: 'EUR',
      amountNano: 12_500_000,
      source: 'computed',
    });
    expect(chargeToolCall({ ...call, outcome }, emptyPriceBook)[0]).toMatchObject({
      quantity: 1,
      amountNano: null,
      source: 'unpriced',
    });
  });
});

describe('a sum of charges', () => {
  const charge = chargeToolCall(
    { server: 's', tool: 't', outcome: 'success', endTimeUs },
    emptyPriceBook,
  )[0] as Charge;
  const paid = { ...charge, currency: 'USD', amountNano: 5, source: 'computed' } as const;

  it('says when it leaves unpriced use out', () => {
    expect(summariseCharges([paid, charge])).toMatchObject({
      costNano: 5,
      flags: ['partly_unpriced'],
    });
  });

  it('does not add currencies', () => {
    expect(summariseCharges([paid, { ...paid, currency: 'EUR' }])).toEqual({
      costNano: null,
      currency: null,
      costSource: 'unknown',
      flags: ['mixed_currencies'],
    });
  });
});

describe('an amount', () => {
  it('is the nearest billionth, and the even one of two as near', () => {
    const rate = (numerator: bigint, denominator: bigint) => ({ numerator, denominator });
    expect(amountNanoOf(1, rate(1n, 2n))).toBe(0);
    expect(amountNanoOf(3, rate(1n, 2n))).toBe(2);
    expect(amountNanoOf(5, rate(1n, 2n))).toBe(2);
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 31 - 1 }),
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        fc.bigInt({ min: 1n, max: 10n ** 12n }),
        (quantity, numerator, denominator) => {
          const amount = amountNanoOf(quantity, rate(numerator, denominator));
          const exact = BigInt(quantity) * numerator;
          if (amount === null) {
            expect(exact / denominator).toBeGreaterThanOrEqual(BigInt(Number.MAX_SAFE_INTEGER));
            return;
          }
          // |amount − exact/denominator| ≤ 1/2, in whole numbers; where it is just 1/2 the amount is even.
          const distance = 2n * (BigInt(amount) * denominator - exact);
          const size = distance < 0n ? -distance : distance;
          expect(size).toBeLessThanOrEqual(denominator);
          if (size === denominator) expect(amount % 2).toBe(0);
        },
      ),
    );
  });

  it('is unknown rather than wrong when a record could not carry it exactly', () => {
    expect(amountNanoOf(2 ** 53 - 1, { numerator: 2n, denominator: 1n })).toBeNull();
  });
});
