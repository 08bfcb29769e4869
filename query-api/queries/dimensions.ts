import { quoted } from './fact-select.ts';
import { partOf } from './filters.ts';

/** What counts and charges can be asked by: SQL over the row's columns, and whether the value is a principal. */
export type Dimension = {
  readonly name: string;
  readonly expression: string;
};

const columns = (names: readonly string[]): readonly Dimension[] =>
  names.map((name) => ({ name, expression: quoted(name) }));

const day = { name: 'day', expression: `toString(toDate(time, 'UTC'))` };
const hour = {
  name: 'hour',
  expression: `formatDateTime(time, '%Y-%m-%dT%H:00:00Z', 'UTC')`,
};

export const countDimensions: readonly Dimension[] = [
  ...columns(['user', 'agent', 'server', 'tool', 'outcome', 'grade', 'team', 'method', 'kind']),
  ...columns(['model', 'origin', 'operation', 'gateway', 'client']),
  { name: 'deniedBy', expression: quoted('denied_by') },
  { name: 'errorType', expression: quoted('error_type') },
  ...columns(['conversation', 'session']),
  // A record is counted once for each stage that it shows.
  { name: 'stage', expression: `arrayJoin(${quoted('stages')})` },
  day,
  hour,
];

export const chargeDimensions: readonly Dimension[] = [
  ...columns(['team', 'user', 'agent', 'server', 'tool', 'model', 'meter', 'kind', 'sku']),
  day,
];

/** Of one entry of `redactions`, and of the record that it stands in. */
export const redactionDimensions: readonly Dimension[] = [
  { name: 'class', expression: partOf('entry.1', 'class') },
  { name: 'rule', expression: partOf('entry.1', 'rule') },
  { name: 'action', expression: partOf('entry.1', 'action') },
  ...columns(['user', 'agent', 'server', 'tool', 'team', 'kind']),
  day,
];

export const DIMENSIONS_MAX = 3;

/** The dimensions of a comma-separated list; a mistake is a sentence. */
export function readDimensions(
  known: readonly Dimension[],
  text: string,
): readonly Dimension[] | string {
  const names = text.split(',').map((name) => name.trim());
  if (names.length > DIMENSIONS_MAX) return `by names more than ${DIMENSIONS_MAX} dimensions`;
  if (new Set(names).size !== names.length) return 'by names a dimension twice';
  const unknown = names.filter((name) => !known.some((dimension) => dimension.name === name));
  if (unknown.length > 0) {
    return `by knows no ${unknown.join(', ')}; it knows ${known.map(({ name }) => name).join(', ')}`;
  }
  return known
    .filter(({ name }) => names.includes(name))
    .sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
}
