import type { PriceBook } from '../../registry/price-book.ts';
import { priceAt } from '../../registry/price-book.ts';
import type { Charge, Outcome } from '../../schemas/record-types.ts';
import { priced } from './charge-inference.ts';

export type ToolCall = {
  readonly server: string | null;
  readonly tool: string | null;
  readonly outcome: Outcome;
  /** The call's end, microseconds since the epoch. */
  readonly endTimeUs: number;
};

/**
 * The charge of one tool call: always a line for what was let through, so that unpriced use is seen; without an amount where no price
 * is known. A denied call and one that was asked back for input did not run, and cost nothing. A call that failed, was
 * cancelled or timed out may have run, and is charged: neither proves the contrary.
 */
export function chargeToolCall(call: ToolCall, prices: PriceBook): readonly Charge[] {
  if (call.outcome === 'denied' || call.outcome === 'input_required') return [];
  const { server, tool, endTimeUs } = call;
  const row = priceAt(prices, { kind: 'tool', server, tool, timeUs: endTimeUs });
  return [priced({ meter: 'tool_call', quantity: 1, unit: 'Requests', sku: skuOf(call) }, row)];
}

function skuOf({ server, tool }: ToolCall): string | null {
  return server === null ? tool : `${server}/${tool ?? ''}`;
}
