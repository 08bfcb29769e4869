import type { Attributes } from '../../otlp/span.ts';
import { decimalToNano } from './exact-amount.ts';

/** What an emitter itself says that an inference cost. */
export type ReportedCost = {
  readonly amountNano: number;
  readonly currency: string;
  readonly key: string;
};

/** The first amount that the attributes tell, exactly; null where they tell none. */
export function reportedCost(attributes: Attributes): ReportedCost | null {
  for (const { key, scale } of reportedCostKeys) {
    const value = attributes.get(key);
    if (typeof value !== 'string' && typeof value !== 'number') continue;
    const amountNano = decimalToNano(String(value), scale);
    if (amountNano !== null) return { amountNano, currency: 'USD', key };
  }
  return null;
}

// Keys of a cost that the emitter computed, with the power of ten that turns its unit into the currency's.
const reportedCostKeys: readonly { readonly key: string; readonly scale: number }[] = [
  { key: 'gen_ai.usage.cost', scale: 0 },
  { key: 'llm.cost.total', scale: 0 },
  { key: 'operation.cost', scale: 0 },
  { key: 'agw.ai.usage.cost.total', scale: 0 },
  { key: 'litellm.cost.total', scale: 0 },
  { key: 'cost_usd', scale: 0 },
  { key: 'cost_usd_micros', scale: 6 },
];
