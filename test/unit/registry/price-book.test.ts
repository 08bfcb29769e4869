import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Price } from '../../../registry/body.ts';
import { decimalFraction } from '../../../registry/decimal.ts';
import { emptyPriceBook, priceAt, priceBookOf } from '../../../registry/price-book.ts';

function price(id: string, changes: Partial<Price>): Price {
  return {
    id,
    meter: 'input_tokens',
    provider: 'acme',
    model: 'small',
    unit: '1000000 Tokens',
    rate: '3',
    currency: 'USD',
    effectiveFrom: '2026-01-01',
    effectiveTo: null,
    source: 'test',
    ...changes,
  } as Price;
}

function idAt(prices: readonly Price[], time: string, model = 'small', provider = 'acme') {
  const timeUs = Date.parse(time) * 1000;
  const question = { kind: 'model', meter: 'input_tokens', provider, model, timeUs } as const;
  return priceAt(priceBookOf(prices), question)?.id;
}

describe('the price book', () => {
  const old = price('old', { effectiveFrom: '2025-01-01' });
  const offer = price('offer', { effectiveFrom: '2026-03-01', effectiveTo: '2026-04-01' });

  it.each([
    ['2024-12-31T23:59:59.999Z', undefined],
    ['2025-01-01T00:00:00.000Z', 'old'],
    ['2026-02-28T23:59:59.999Z', 'old'],
    ['2026-03-01T00:00:00.000Z', 'offer'],
    ['2026-03-31T23:59:59.999Z', 'offer'],
    ['2026-04-01T00:00:00.000Z', 'old'],
  ])('at %s gives %s: a start is inclusive, an end is not, and an offer passes', (time, id) => {
    expect(idAt([old, offer], time)).toBe(id);
    expect(idAt([offer, old], time)).toBe(id);
  });

  it('takes the exact name before a pattern, and the longer pattern before the shorter', () => {
    const prices = [
      price('any', { model: '*' }),
      price('family', { model: 'small-4*' }),
      price('exact', { model: 'small-4-1' }),
    ];
    expect(idAt(prices, '2026-06-01', 'small-4-1')).toBe('exact');
    expect(idAt(prices, '2026-06-01', 'small-4-2')).toBe('family');
    expect(idAt(prices, '2026-06-01', 'big')).toBe('any');
  });

  it("never takes another provider's price, nor another meter's, nor guesses for an unnamed model", () => {
    expect(idAt([old], '2026-06-01', 'small', 'reseller')).toBeUndefined();
    const book = priceBookOf([old]);
    const timeUs = Date.parse('2026-06-01') * 1000;
    const ask = { kind: 'model', meter: 'input_tokens', provider: 'acme', timeUs } as const;
    expect(priceAt(book, { ...ask, model: null })).toBeUndefined();
    expect(priceAt(book, { ...ask, model: 'small', meter: 'output_tokens' })).toBeUndefined();
    expect(priceAt(emptyPriceBook, { ...ask, model: 'small' })).toBeUndefined();
  });

  it('prices a tool by server and tool, or by all tools of the server', () => {
    const call = { meter: 'tool_call', unit: 'Requests', server: 'files' } as const;
    const book = priceBookOf([
      price('all', { ...call, tool: '*' }),
      price('read', { ...call, tool: 'read' }),
    ]);
    const ask = { kind: 'tool', timeUs: Date.parse('2026-06-01') * 1000 } as const;
    expect(priceAt(book, { ...ask, server: 'files', tool: 'read' })?.id).toBe('read');
    expect(priceAt(book, { ...ask, server: 'files', tool: 'write' })?.id).toBe('all');
    expect(priceAt(book, { ...ask, server: 'file', tool: 's/read' })).toBeUndefined();
    expect(priceAt(book, { ...ask, server: null, tool: 'read' })).toBeUndefined();
  });

  it('reads decimals exactly, however many places they have', () => {
    const digits = fc.bigInt({ min: 0n, max: 10n ** 18n - 1n });
    fc.assert(
      fc.property(digits, fc.integer({ min: 1, max: 18 }), (value, places) => {
        const text = value.toString().padStart(places + 1, '0');
        const decimal = `${text.slice(0, -places)}.${text.slice(-places)}`;
        const { numerator, denominator } = decimalFraction(decimal);
        expect(numerator * 10n ** BigInt(places)).toBe(value * denominator);
      }),
    );
  });
});
