import { factColumns } from '../../schemas/record-columns.ts';
import type { FactColumn } from '../../schemas/record-columns.ts';
import type { Facts } from '../../schemas/record-types.ts';

/** Facts that a list shows: enough to tell a call. Each column costs its granules, so a list does not read all of them. */
export const summaryFacts = [
  'timeUs',
  'startTimeUs',
  'durationUs',
  'method',
  'user',
  'userGrade',
  'team',
  'agent',
  'agentVersion',
  'parentAgent',
  'client',
  'gateway',
  'server',
  'tool',
  'prompt',
  'resource',
  'outcome',
  'deniedBy',
  'errorType',
  'origin',
  'grade',
  'missing',
  'traceId',
  'spanId',
  'conversation',
  'model',
  'inputTokens',
  'outputTokens',
  'costNano',
  'currency',
  'costSource',
  'hops',
  'flags',
  'stages',
] as const satisfies readonly (keyof Facts)[];

export type SummaryFact = (typeof summaryFacts)[number];

/** A summary's columns as `SELECT` wants them, aliased by fact: times in µs, ids in hex, money as decimal text. */
export function selectSummary(): string {
  return summaryFacts.map((fact) => `${selectFact(columnOf(fact))} AS ${fact}`).join(', ');
}

export function columnOf(fact: keyof Facts): FactColumn {
  const column = factColumns.find((candidate) => candidate.fact === fact);
  if (!column) throw new Error(`${fact} has no column.`);
  return column;
}

function selectFact({ column, type, fact }: FactColumn): string {
  if (fact === 'costNano') return `toString(${quoted(column)})`;
  if (type.startsWith('DateTime64')) return `toUnixTimestamp64Micro(${quoted(column)})`;
  return type.startsWith('FixedString') ? `lower(hex(${quoted(column)}))` : quoted(column);
}

/** A column's name, where a function of the same name exists too (`user`). */
export function quoted(column: string): string {
  return `\`${column}\``;
}
