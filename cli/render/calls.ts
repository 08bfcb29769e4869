import type { RecordsAnswer } from '../answers.ts';
import { duration, UNKNOWN, when } from './figures.ts';
import type { Paint } from './paint.ts';
import { gradePaint, outcomePaint, outcomeText } from './outcome.ts';
import { renderTable } from './table.ts';
import { costText, recordLabel } from './trace.ts';

/** A page of records as a table, newest first. */
export function renderCalls(answer: RecordsAnswer, paint: Paint): string {
  if (answer.records.length === 0) return 'No records match.';
  const rows = answer.records.map((record) => {
    const user = record['user'];
    return [
      when(record.time),
      typeof user === 'string' ? (answer.names[user] ?? user) : UNKNOWN,
      String(record['agent'] ?? UNKNOWN),
      recordLabel(record),
      { text: outcomeText(record), paint: outcomePaint(record['outcome'], paint) },
      { text: String(record['grade']), paint: gradePaint(record['grade'], paint) },
      duration(record['durationUs']),
      costText(record),
      { text: record.callId, paint: paint.dim },
    ];
  });
  return renderTable(columns, rows, paint);
}

const columns = [
  { title: 'TIME (UTC)' },
  { title: 'USER' },
  { title: 'AGENT' },
  { title: 'CALL' },
  { title: 'OUTCOME' },
  { title: 'GRADE' },
  { title: 'TOOK', align: 'right' },
  { title: 'COST', align: 'right' },
  { title: 'CALL ID' },
] as const;
