import type { Price, PriceMeter } from './body.ts';
import { decimalFraction } from './decimal.ts';

/** What is to be priced, and when: the end of the call, in microseconds since the epoch. */
export type PriceQuestion =
  | {
      readonly kind: 'model';
      readonly meter: PriceMeter;
      readonly provider: string | null;
      readonly model: string | null;
      readonly timeUs: number;
    }
  | {
      readonly kind: 'tool';
      readonly server: string | null;
      readonly tool: string | null;
      readonly timeUs: number;
    };

/** A row of the book, ready to be multiplied: `amountNano = quantity × numerator / denominator`, exactly. */
export type PriceRow = {
  readonly id: string;
  readonly currency: string;
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly fromUs: number;
  /** Exclusive; null while it is open. */
  readonly toUs: number | null;
};

/** A tenant's dated prices. Exact names are looked up first, then the longest pattern (`gpt-4o*`) that fits. */
export type PriceBook = {
  readonly exact: ReadonlyMap<string, readonly PriceRow[]>;
  readonly patterns: readonly { readonly prefix: string; readonly rows: readonly PriceRow[] }[];
};

export const emptyPriceBook: PriceBook = { exact: new Map(), patterns: [] };

/**
 * The row that is valid at the time, or undefined: what is not in the book is unknown, never free. Of several valid rows the one
 * that began last holds, so that a limited offer passes and the price before it comes back. The provider must fit exactly: a
 * reseller's price is not the maker's.
 */
export function priceAt(book: PriceBook, question: PriceQuestion): PriceRow | undefined {
  const key = questionKey(question);
  if (key === undefined) return undefined;
  const exact = validRow(book.exact.get(key), question.timeUs);
  if (exact) return exact;
  for (const { prefix, rows } of book.patterns) {
    const row = key.startsWith(prefix) ? validRow(rows, question.timeUs) : undefined;
    if (row) return row;
  }
  return undefined;
}

/** The book of an applied list of prices. */
export function priceBookOf(prices: readonly Price[]): PriceBook {
  const byKey = new Map<string, PriceRow[]>();
  for (const price of prices) {
    const key = priceKey(price);
    byKey.set(key, [...(byKey.get(key) ?? []), rowOf(price)]);
  }
  const exact = new Map<string, readonly PriceRow[]>();
  const patterns: { prefix: string; rows: readonly PriceRow[] }[] = [];
  for (const [key, rows] of byKey) {
    rows.sort((a, b) => b.fromUs - a.fromUs);
    if (key.endsWith('*')) patterns.push({ prefix: key.slice(0, -1), rows });
    else exact.set(key, rows);
  }
  patterns.sort((a, b) => b.prefix.length - a.prefix.length);
  return { exact, patterns };
}

const NANO = 1_000_000_000n;
const unitSizes: Readonly<Record<Price['unit'], bigint>> = {
  '1000000 Tokens': 1_000_000n,
  Tokens: 1n,
  Requests: 1n,
};

function rowOf(price: Price): PriceRow {
  const { numerator, denominator } = decimalFraction(price.rate);
  return {
    id: price.id,
    currency: price.currency,
    numerator: numerator * NANO,
    denominator: denominator * unitSizes[price.unit],
    fromUs: Date.parse(price.effectiveFrom) * 1000,
    toUs: price.effectiveTo === null ? null : Date.parse(price.effectiveTo) * 1000,
  };
}

// NUL parts the names, so that no name can pose as another pair of names; it cannot stand in one (the parser refuses it).
function priceKey(price: Price): string {
  return price.meter === 'tool_call'
    ? `tool_call\0${price.server}\0${price.tool}`
    : `${price.meter}\0${price.provider}\0${price.model}`;
}

function questionKey(question: PriceQuestion): string | undefined {
  const [owner, name, meter] =
    question.kind === 'model'
      ? [question.provider, question.model, question.meter]
      : [question.server, question.tool, 'tool_call'];
  return owner === null || name === null ? undefined : `${meter}\0${owner}\0${name}`;
}

function validRow(rows: readonly PriceRow[] | undefined, timeUs: number): PriceRow | undefined {
  return rows?.find(({ fromUs, toUs }) => fromUs <= timeUs && (toUs === null || timeUs < toUs));
}
