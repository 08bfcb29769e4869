export type EventLogErrorCode =
  | 'EVENT_LOG_FENCED'
  | 'EVENT_LOG_MESSAGE_TOO_LARGE'
  | 'EVENT_LOG_INVALID'
  | 'EVENT_LOG_FULL'
  | 'EVENT_LOG_WRITE_FAILED'
  | 'EVENT_LOG_LOCKED'
  | 'EVENT_LOG_PARTITIONS_DIFFER'
  | 'EVENT_LOG_TOPICS_MISSING'
  | 'EVENT_LOG_TOPICS_DIFFER'
  | 'EVENT_LOG_DENIED'
  | 'EVENT_LOG_SCHEMAS_UNAVAILABLE'
  | 'EVENT_LOG_SCHEMAS_REFUSED'
  | 'EVENT_LOG_CORRUPT'
  | 'EVENT_LOG_CLOSED';

/** `retryable`: the same call may succeed later. `permanent`: it will not, until somebody has done what `remedy` says. */
export type EventLogErrorKind = 'retryable' | 'permanent';

type CatalogueEntry = { readonly kind: EventLogErrorKind; readonly remedy: string };

/** What each code means for the caller. A test holds the room's README against it. */
export const eventLogErrors: Readonly<Record<EventLogErrorCode, CatalogueEntry>> = {
  EVENT_LOG_FENCED: {
    kind: 'permanent',
    remedy:
      'Stop: a newer owner of this role and partition has taken over. Open a new owner to go on.',
  },
  EVENT_LOG_MESSAGE_TOO_LARGE: {
    kind: 'permanent',
    remedy: 'Cut or split the message below the limits of schemas/limits.ts.',
  },
  EVENT_LOG_INVALID: {
    kind: 'permanent',
    remedy: 'Correct the caller: the message names what the log does not take.',
  },
  EVENT_LOG_FULL: {
    kind: 'retryable',
    remedy:
      'Push back to the sender and try again later; free disk space, or see why the named reader is behind.',
  },
  EVENT_LOG_WRITE_FAILED: {
    kind: 'retryable',
    remedy: 'Nothing of the call was taken. Look at the disk, then try again.',
  },
  EVENT_LOG_LOCKED: {
    kind: 'permanent',
    remedy: 'Stop the process that has the folder open, or use another folder.',
  },
  EVENT_LOG_PARTITIONS_DIFFER: {
    kind: 'permanent',
    remedy: 'Use the partition count the log was born with; it never changes.',
  },
  EVENT_LOG_TOPICS_MISSING: {
    kind: 'permanent',
    remedy: 'Create the topics, by waybill topics --create or by hand.',
  },
  EVENT_LOG_TOPICS_DIFFER: {
    kind: 'permanent',
    remedy: 'Set the topics on the broker as waybill topics tells: a limit below ours loses data.',
  },
  EVENT_LOG_DENIED: {
    kind: 'permanent',
    remedy: 'Check the credentials, and what they are allowed on the broker.',
  },
  EVENT_LOG_SCHEMAS_UNAVAILABLE: {
    kind: 'retryable',
    remedy: 'Look at the schema registry, then try again.',
  },
  EVENT_LOG_SCHEMAS_REFUSED: {
    kind: 'permanent',
    remedy:
      'Check the credentials for the schema registry, and what its subjects allow: our schemas are compatible with their earlier versions.',
  },
  EVENT_LOG_CORRUPT: {
    kind: 'permanent',
    remedy: 'Stop, keep the folder as it is, and restore it from a backup or another disk.',
  },
  EVENT_LOG_CLOSED: {
    kind: 'permanent',
    remedy: 'Open the log again: this handle was closed.',
  },
};

/** An operating error of the event log. `code` is stable; `message` says what happened, `remedy` what to do. */
export class EventLogError extends Error {
  readonly code: EventLogErrorCode;
  readonly kind: EventLogErrorKind;
  readonly remedy: string;

  constructor(code: EventLogErrorCode, message: string, cause?: unknown) {
    super(`${code}: ${message}`, cause === undefined ? undefined : { cause });
    this.name = 'EventLogError';
    this.code = code;
    this.kind = eventLogErrors[code].kind;
    this.remedy = eventLogErrors[code].remedy;
  }
}
