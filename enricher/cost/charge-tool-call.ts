import type { PriceBook } from '../../registry/price-book.ts';
import { priceAt } from '../../registry/price-book.ts';
import type { Charge, Outcome } from '../../schemas/record-types.ts';
import { priced } from './charge-inference.ts';
import { decimalToNano } from './exact-amount.ts';

export type ToolCall = {
  readonly server: string | null;
  readonly tool: string | null;
  readonly outcome: Outcome;
  /** What a gateway says that it cost, in US dollars; null where none does. */
  readonly reportedCost?: string | null;
  /** The call's end, microseconds since the epoch. */
  readonly endTimeUs: number;
};

/**
 * The charge of one tool call: always a line for what was let through, so that unpriced use is seen; without an amount where no price
 * is known. A denied call and one that was asked back for input did not run, and cost nothing. A call that failed, was
 * cancelled or timed out may have run, and is charged: neither proves the contrary. What a gateway says that it cost is a line of its own where
 * the book has no price.
 */
export function chargeToolCall(call: ToolCall, prices: PriceBook): readonly Charge[] {
  if (call.outcome === 'denied' || call.outcome === 'input_required') return [];
  const { server, tool, endTimeUs, reportedCost = null } = call;
  const row = priceAt(prices, { kind: 'tool', server, tool, timeUs: endTimeUs });
  const sku = skuOf(call);
  const line = priced({ meter: 'tool_call', quantity: 1, unit: 'Requests', sku }, row);
  if (reportedCost === null || row) return [line];
  const amountNano = decimalToNano(reportedCost, 0);
  return amountNano === null ? [line] : [line, reportedLine(sku, amountNano)];
}

function reportedLine(sku: string | null, amountNano: number): Charge {
  return {
    meter: 'reported_cost',
    quantity: 1,
    unit: 'Requests',
    sku,
    priceId: null,
    currency: 'USD',
    amountNano,
    source: 'provider_reported',
  };
}

function skuOf({ server, tool }: ToolCall): string | null {
  return server === null ? tool : `${server}/${tool ?? ''}`;
}
