import { filterParameters } from '../query-api/queries/filters.ts';
import type { Arguments, Option } from './command.ts';
import { CommandFailure } from './failure.ts';

/** Options that become filters of the query API, one a filter. */
export const filterOptions: Readonly<Record<string, Option>> = {
  ...Object.fromEntries(
    filterParameters.map(({ name, means, values }) => [
      name,
      {
        type: 'string',
        value: name.toUpperCase(),
        means: values === undefined ? means : `${means}: ${values.join(', ')}`,
        multiple: true,
      } satisfies Option,
    ]),
  ),
  since: { type: 'string', value: 'AGE', means: 'no older than 90s, 15m, 24h or 7d' },
  from: { type: 'string', value: 'TIME', means: 'from this time on, e.g. 2026-11-21T06:00:00Z' },
  to: { type: 'string', value: 'TIME', means: 'before this time' },
};

/** The filters given, as parameters. */
export function filterValues(
  given: Arguments,
  nowMs: number,
): Record<string, string | readonly string[] | undefined> {
  const filters = filterParameters.map(({ name }) => [name, given.texts(name)] as const);
  return {
    ...Object.fromEntries(filters.filter(([, values]) => values.length > 0)),
    from: given.text('from') ?? ageOption(given, 'since', nowMs),
    to: given.text('to'),
  };
}

/** An option that is an age or a time: the time it means. */
export function timeOption(
  given: Arguments,
  option: 'since' | 'until',
  nowMs: number,
): string | undefined {
  const text = given.text(option);
  return text?.includes('T') ? text : ageOption(given, option, nowMs);
}

function ageOption(given: Arguments, option: string, nowMs: number): string | undefined {
  const age = given.text(option);
  if (age === undefined) return undefined;
  const match = /^(\d{1,9})(s|m|h|d)$/.exec(age);
  const unit = UNITS_MS[match?.[2] ?? ''];
  if (!match || unit === undefined) {
    throw new CommandFailure(
      'usage',
      `waybill: --${option} ${age} is no age such as 90s, 15m, 24h or 7d.`,
    );
  }
  const ms = Math.max(0, nowMs - Number(match[1]) * unit);
  return new Date(ms).toISOString();
}

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
