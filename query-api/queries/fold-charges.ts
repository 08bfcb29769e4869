import type { Dimension } from './dimensions.ts';
import type { ChargeRow } from './charges.ts';

/** What a group of charges comes to. Money and quantities are decimal text: exact, however large. */
export type ChargeTotals = {
  /** One entry a currency; empty when nothing is priced. Billionths of the currency's unit. */
  readonly amounts: readonly { readonly currency: string; readonly amountNano: string }[];
  /** One entry a unit; `unpriced` of them have no price, and are in no amount. */
  readonly quantities: readonly {
    readonly unit: string;
    readonly quantity: string;
    readonly unpriced: string;
  }[];
  /** How many charges. */
  readonly charges: string;
};

export type ChargeGroup = ChargeTotals & {
  /** The group's value a dimension; null when it is not known. */
  readonly group: Readonly<Record<string, string | null>>;
};

/** Rows of one group, currency and unit each, folded into one entry a group, in the order of first sight. */
export function foldCharges(
  rows: readonly ChargeRow[],
  dimensions: readonly Dimension[],
): readonly ChargeGroup[] {
  const groups = new Map<string, ChargeRow[]>();
  for (const row of rows) {
    const key = JSON.stringify([row.d0, row.d1, row.d2]);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()].map((members) => ({
    group: groupOf(members[0], dimensions),
    ...totalCharges(members),
  }));
}

/** The sum over rows, whatever their group. */
export function totalCharges(rows: readonly ChargeRow[]): ChargeTotals {
  const amounts = new Map<string, bigint>();
  const quantities = new Map<string, { quantity: bigint; unpriced: bigint }>();
  let charges = 0n;
  for (const row of rows) {
    charges += BigInt(row.charges);
    if (row.amountNano !== null) {
      amounts.set(row.currency, (amounts.get(row.currency) ?? 0n) + BigInt(row.amountNano));
    }
    const unit = quantities.get(row.unit) ?? { quantity: 0n, unpriced: 0n };
    unit.quantity += BigInt(row.quantities);
    unit.unpriced += BigInt(row.unpriced);
    quantities.set(row.unit, unit);
  }
  return {
    amounts: [...amounts].map(([currency, nano]) => ({ currency, amountNano: String(nano) })),
    quantities: [...quantities].map(([unit, { quantity, unpriced }]) => ({
      unit,
      quantity: String(quantity),
      unpriced: String(unpriced),
    })),
    charges: String(charges),
  };
}

/** The values `d0` … under their dimensions' names. Empty text in a table is what is not known. */
export function groupOf(
  row: Readonly<{ d0?: string; d1?: string; d2?: string }> | undefined,
  dimensions: readonly Dimension[],
): Readonly<Record<string, string | null>> {
  const values = [row?.d0, row?.d1, row?.d2];
  return Object.fromEntries(dimensions.map(({ name }, at) => [name, values[at] || null]));
}
