import type { PriceMeter } from '../../registry/body.ts';
import type { PriceBook, PriceRow } from '../../registry/price-book.ts';
import { priceAt } from '../../registry/price-book.ts';
import type { Charge } from '../../schemas/record-types.ts';
import { amountNanoOf } from './exact-amount.ts';
import type { TokenUsage } from './usage.ts';

/**
 * The charges of one inference: a line for each meter that was used, at the price of the call's end (microseconds since the
 * epoch), rounded half to even once a line. A meter without a price gives a line without an amount (`unpriced`), never zero; a
 * meter that was not reported gives none. A cost that the emitter computed becomes a line of its own (`reported_cost`) only
 * where the book prices nothing of the inference, so that no sum over charges holds the same tokens twice. Tools that the provider ran
 * itself are lines of their own, priced as calls of a server that is named as the provider.
 *
 * To be called for leaf inference spans only: agents repeat the usage of what they caused.
 */
export function chargeInference(
  usage: TokenUsage,
  prices: PriceBook,
  endTimeUs: number,
): readonly Charge[] {
  const charges: Charge[] = [];
  for (const { meter, quantity, priceable } of metersOf(usage)) {
    if (quantity === null || quantity === 0) continue;
    const { provider, model } = usage;
    const row = priceable
      ? priceAt(prices, { kind: 'model', meter, provider, model, timeUs: endTimeUs })
      : undefined;
    charges.push(priced({ meter, quantity, unit: 'Tokens', sku: model }, row));
  }
  for (const { tool, count } of usage.providerTools ?? []) {
    // The book prices it as a tool of the provider's.
    const row = priceAt(prices, { kind: 'tool', server: usage.provider, tool, timeUs: endTimeUs });
    charges.push(
      priced({ meter: 'provider_tool_call', quantity: count, unit: 'Requests', sku: tool }, row),
    );
  }
  const reported = reportedCharge(usage);
  if (reported && charges.every(({ amountNano }) => amountNano === null)) charges.push(reported);
  return charges;
}

/** What is charged, before its price. */
export type Metered = Pick<Charge, 'meter' | 'quantity' | 'unit' | 'sku'>;

/** A charge at a price; without a row, or beyond what a record can carry exactly, without an amount. */
export function priced(metered: Metered, row: PriceRow | undefined): Charge {
  const amountNano = row ? amountNanoOf(metered.quantity, row) : null;
  if (!row || amountNano === null) {
    return { ...metered, priceId: null, currency: null, amountNano: null, source: 'unpriced' };
  }
  return { ...metered, priceId: row.id, currency: row.currency, amountNano, source: 'computed' };
}

type UsedMeter = {
  readonly meter: PriceMeter;
  readonly quantity: number | null;
  readonly priceable: boolean;
};

function metersOf(usage: TokenUsage): readonly UsedMeter[] {
  const input = !usage.unpriceable.includes('input');
  const output = !usage.unpriceable.includes('output');
  return [
    { meter: 'input_tokens', quantity: usage.inputTokens, priceable: input },
    { meter: 'cache_read_tokens', quantity: usage.cacheReadTokens, priceable: input },
    { meter: 'cache_write_tokens', quantity: usage.cacheWriteTokens, priceable: input },
    { meter: 'output_tokens', quantity: usage.outputTokens, priceable: output },
    { meter: 'reasoning_tokens', quantity: usage.reasoningTokens, priceable: output },
  ];
}

function reportedCharge({ reportedCost, model }: TokenUsage): Charge | undefined {
  if (!reportedCost) return undefined;
  return {
    meter: 'reported_cost',
    quantity: 1,
    unit: 'Requests',
    sku: model,
    priceId: null,
    currency: reportedCost.currency,
    amountNano: reportedCost.amountNano,
    source: 'provider_reported',
  };
}
