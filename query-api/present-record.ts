import { summaryFacts } from './queries/fact-select.ts';
import type { FactRecord } from '../schemas/leaf-record.ts';
import type { RecordRow } from './queries/records.ts';
import { timeOfMicros } from './time-text.ts';

/** A record as lists and trees show it: see `summarySchema`. */
export type RecordSummary = {
  readonly recordId: string;
  readonly callId: string;
  readonly revision: number;
  readonly kind: string;
  readonly time: string;
  readonly startTime: string;
  readonly [fact: string]: string | number | null | readonly string[];
};

/** The summary of a row: the table's empty text is null again. */
export function summaryOfRow(row: RecordRow): RecordSummary {
  return summary(row, (fact) => {
    const value = row[fact];
    return value === '' ? null : value;
  });
}

/** The summary of a sealed record: the same as that of its row. */
export function summaryOfLeaf(record: FactRecord): RecordSummary {
  const { facts } = record;
  const head = { ...record, timeUs: facts.timeUs, startTimeUs: facts.startTimeUs };
  return summary(head, (fact) => {
    const value = facts[fact];
    return fact === 'costNano' && value !== null ? String(value) : value;
  });
}

/** Principals that a summary names. */
export function principalsOf(summaries: readonly RecordSummary[]): readonly (string | null)[] {
  return summaries.map((record) => (typeof record['user'] === 'string' ? record['user'] : null));
}

type ListedFact = Exclude<(typeof summaryFacts)[number], 'timeUs' | 'startTimeUs'>;
type Value = string | number | null | readonly string[];

type Head = {
  readonly callId: string;
  readonly revision: number;
  readonly kind: string;
  readonly timeUs: number;
  readonly startTimeUs: string | number | null | readonly string[];
};

const listedFacts = summaryFacts.filter(
  (fact): fact is ListedFact => fact !== 'timeUs' && fact !== 'startTimeUs',
);

function summary(head: Head, valueOf: (fact: ListedFact) => Value): RecordSummary {
  return {
    recordId: `${head.callId}.${head.revision}`,
    callId: head.callId,
    revision: head.revision,
    kind: head.kind,
    time: timeOfMicros(head.timeUs),
    startTime: timeOfMicros(Number(head.startTimeUs)),
    ...Object.fromEntries(listedFacts.map((fact) => [fact, valueOf(fact)])),
  };
}
