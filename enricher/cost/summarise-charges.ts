import type { Charge, CostSource, Facts } from '../../schemas/record-types.ts';

export type CostSummary = Pick<Facts, 'costNano' | 'currency' | 'costSource'> & {
  readonly flags: readonly ('partly_unpriced' | 'mixed_currencies')[];
};

/**
 * The cost facts of a record. Null where nothing is priced, and where amounts are of several currencies, which have no sum; a sum that
 * leaves unpriced use out says so by a flag.
 */
export function summariseCharges(charges: readonly Charge[]): CostSummary {
  const known = charges.filter(({ amountNano }) => amountNano !== null);
  if (charges.length === 0) return unknownCost('unknown', []);
  if (known.length === 0) return unknownCost('unpriced', []);
  if (new Set(known.map(({ currency }) => currency)).size > 1) {
    return unknownCost('unknown', ['mixed_currencies']);
  }
  const costNano = known.reduce((sum, { amountNano }) => sum + (amountNano ?? 0), 0);
  if (!Number.isSafeInteger(costNano)) return unknownCost('unknown', []);
  const reported = known.every(({ source }) => source === 'provider_reported');
  return {
    costNano,
    currency: known[0]?.currency ?? null,
    costSource: reported ? 'provider_reported' : 'computed',
    flags: !reported && known.length < charges.length ? ['partly_unpriced'] : [],
  };
}

function unknownCost(costSource: CostSource, flags: CostSummary['flags']): CostSummary {
  return { costNano: null, currency: null, costSource, flags };
}
