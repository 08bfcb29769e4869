import type { EventLogErrorCode } from '../errors.ts';
import { EventLogError } from '../errors.ts';

/** Kafka's own names of what does not pass by itself, and what it means here. Everything else may pass. */
const permanent: ReadonlyMap<string, EventLogErrorCode> = new Map([
  ['TOPIC_AUTHORIZATION_FAILED', 'EVENT_LOG_DENIED'],
  ['GROUP_AUTHORIZATION_FAILED', 'EVENT_LOG_DENIED'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'EVENT_LOG_DENIED'],
  ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'EVENT_LOG_DENIED'],
  ['SASL_AUTHENTICATION_FAILED', 'EVENT_LOG_DENIED'],
  ['UNSUPPORTED_SASL_MECHANISM', 'EVENT_LOG_DENIED'],
  ['ILLEGAL_SASL_STATE', 'EVENT_LOG_DENIED'],
  ['MESSAGE_TOO_LARGE', 'EVENT_LOG_TOPICS_DIFFER'],
  ['RECORD_LIST_TOO_LARGE', 'EVENT_LOG_TOPICS_DIFFER'],
]);

/** The error as the port tells it. A failed write may have been taken in part; see `EventLog.append`. */
export function toEventLogError(error: unknown): EventLogError {
  if (error instanceof EventLogError) return error;
  const code = permanentCode(error) ?? 'EVENT_LOG_WRITE_FAILED';
  return new EventLogError(code, describe(error), error);
}

export function isPermanent(error: unknown): boolean {
  if (error instanceof EventLogError) return error.kind === 'permanent';
  return permanentCode(error) !== undefined;
}

/** A newer producer of the same `transactional.id` is there, or the broker took ours for dead; either way ours is over. */
export function isFenced(error: unknown): boolean {
  const { type, code }: Worded = Object(error);
  return type === 'INVALID_PRODUCER_EPOCH' || code === PRODUCER_FENCED;
}

/** Newer than kafkajs, which knows its number only. */
const PRODUCER_FENCED = 90;

/** What kafkajs says of an error. */
type Worded = {
  readonly type?: unknown;
  readonly code?: unknown;
  readonly name?: unknown;
  readonly cause?: unknown;
};

/** kafkajs wraps the last error of its retries, and names one of SASL by its class only. */
function permanentCode(error: unknown): EventLogErrorCode | undefined {
  for (let cause: unknown = error, depth = 0; cause && depth < 4; depth += 1) {
    const { type, name, cause: inner }: Worded = Object(cause);
    const code = permanent.get(String(type));
    if (code !== undefined) return code;
    if (name === 'KafkaJSSASLAuthenticationError') return 'EVENT_LOG_DENIED';
    cause = inner;
  }
  return undefined;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
