import type {
  ChargesAnswer,
  ChargeTotalsAnswer,
  CountsAnswer,
  Names,
  RedactionsAnswer,
} from '../answers.ts';
import { money, UNKNOWN, whole } from './figures.ts';
import type { Paint } from './paint.ts';
import { renderTable } from './table.ts';

/** Counts by dimension as a table, with their sum. */
export function renderCounts(answer: CountsAnswer, paint: Paint): string {
  const dimensions = Object.keys(answer.counts[0]?.group ?? {});
  const columns = [
    ...dimensions.map((name) => ({ title: name.toUpperCase() })),
    { title: 'RECORDS', align: 'right' } as const,
  ];
  const rows = answer.counts.map(({ group, records }) => [
    ...dimensions.map((name) => valueOf(group[name], answer.names)),
    whole(records),
  ]);
  const total = [...dimensions.map((_, at) => (at === 0 ? 'total' : '')), whole(answer.total)];
  if (dimensions.length === 0) return 'No records match.';
  const table = renderTable(columns, [...rows, total], paint);
  return answer.truncated ? `${table}\n${notAll(answer.counts.length, answer.groups)}` : table;
}

/** What redaction replaced, by dimension, as a table. */
export function renderRedactions(answer: RedactionsAnswer, paint: Paint): string {
  const dimensions = Object.keys(answer.redactions[0]?.group ?? {});
  if (dimensions.length === 0) return 'Nothing was redacted in these records.';
  const columns = [
    ...dimensions.map((name) => ({ title: name.toUpperCase() })),
    { title: 'PLACES', align: 'right' } as const,
    { title: 'RECORDS', align: 'right' } as const,
  ];
  const rows = answer.redactions.map(({ group, places, records }) => [
    ...dimensions.map((name) => valueOf(group[name], answer.names)),
    whole(places),
    whole(records),
  ]);
  const table = renderTable(columns, rows, paint);
  const given = answer.redactions.length;
  return answer.truncated ? `${table}\n${notAll(given, answer.groups)}` : table;
}

/** Charges by dimension as a table. What has no price is shown beside the amounts, never in them. */
export function renderCharges(answer: ChargesAnswer, paint: Paint): string {
  const dimensions = Object.keys(answer.charges[0]?.group ?? {});
  if (dimensions.length === 0) return 'No charges match.';
  const columns = [
    ...dimensions.map((name) => ({ title: name.toUpperCase() })),
    { title: 'AMOUNT', align: 'right' } as const,
    { title: 'QUANTITY', align: 'right' } as const,
    { title: 'UNPRICED', align: 'right' } as const,
    { title: 'CHARGES', align: 'right' } as const,
  ];
  const rows = answer.charges.map((row) => [
    ...dimensions.map((name) => valueOf(row.group[name], answer.names)),
    ...totals(row),
  ]);
  const total = [...dimensions.map((_, at) => (at === 0 ? 'total' : '')), ...totals(answer.total)];
  const table = renderTable(columns, [...rows, total], paint);
  return answer.truncated ? `${table}\n… and more groups` : table;
}

function totals({ amounts, quantities, charges }: ChargeTotalsAnswer): readonly string[] {
  const unpriced = quantities.filter((entry) => entry.unpriced !== '0');
  return [
    amounts.map(({ amountNano, currency }) => money(amountNano, currency)).join(' + ') || UNKNOWN,
    quantities.map(({ quantity, unit }) => `${whole(quantity)} ${unit}`).join(', '),
    unpriced.map((entry) => `${whole(entry.unpriced)} ${entry.unit}`).join(', '),
    whole(charges),
  ];
}

function valueOf(value: string | null | undefined, names: Names): string {
  return value ? (names[value] ?? value) : UNKNOWN;
}

function notAll(given: number, groups: number): string {
  return `… ${whole(given)} of ${whole(groups)} groups`;
}
