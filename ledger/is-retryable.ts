import { EventLogError } from '../event-log/errors.ts';

/** Whether an error says of itself that the same step can succeed later: one of the log says it by its kind, others by `retryable`. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof EventLogError) return error.kind === 'retryable';
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}
