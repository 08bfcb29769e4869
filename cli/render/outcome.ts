import type { RecordSummary } from '../../query-api/present-record.ts';
import type { Paint } from './paint.ts';

const signs: Readonly<Record<string, string>> = {
  success: '✓',
  tool_error: '✗',
  protocol_error: '✗',
  denied: '⊘',
  timed_out: '◷',
  cancelled: '∅',
  input_required: '…',
};

/** A sign that is seen without colour too. */
export function outcomeSign(outcome: unknown): string {
  return signs[String(outcome)] ?? '?';
}

export function outcomePaint(outcome: unknown, paint: Paint): (text: string) => string {
  switch (outcome) {
    case 'success':
      return paint.green;
    case 'tool_error':
    case 'protocol_error':
    case 'denied':
      return paint.red;
    case 'unknown':
      return paint.dim;
    default:
      return paint.yellow;
  }
}

export function gradePaint(grade: unknown, paint: Paint): (text: string) => string {
  switch (grade) {
    case 'verified':
      return paint.green;
    case 'gateway':
    case 'declared':
      return paint.blue;
    case 'inferred':
      return paint.yellow;
    default:
      return paint.dim;
  }
}

/** `denied by policy`, `tool_error (rate_exceeded)`, `success`. */
export function outcomeText(record: RecordSummary): string {
  const outcome = String(record['outcome']);
  if (outcome === 'denied' && record['deniedBy']) return `denied by ${textOf(record['deniedBy'])}`;
  const error = record['errorType'];
  // The standard's error type for a tool's own error repeats the outcome.
  return error && error !== outcome ? `${outcome} (${textOf(error)})` : outcome;
}

function textOf(value: RecordSummary[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}
