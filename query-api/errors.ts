/** What may go wrong between a request and its answer: one status each, and what to do. The README lists them. */
export const queryApiErrors = {
  UNAUTHENTICATED: {
    status: 401,
    retryable: false,
    remedy:
      'Send `Authorization: Bearer <key>` with a reader key, e.g. the one in keys/auditor.key.',
  },
  FORBIDDEN: {
    status: 403,
    retryable: false,
    remedy: 'Ask with a key whose role may read this.',
  },
  NOT_FOUND: {
    status: 404,
    retryable: false,
    remedy: 'Check the id, the path and, where given, `asOf`. /openapi.json lists every path.',
  },
  PARAMETERS_INVALID: {
    status: 400,
    retryable: false,
    remedy: 'Correct the parameters that the message names. /openapi.json describes them.',
  },
  RETENTION_CONTRADICTS: {
    status: 422,
    retryable: false,
    remedy:
      'Correct the policy where the message says, or add a decision; nothing of it is in force.',
  },
  CURSOR_INVALID: {
    status: 400,
    retryable: false,
    remedy: 'Start again without `cursor`; give a cursor back with the filters it came with.',
  },
  AS_OF_INVALID: {
    status: 400,
    retryable: false,
    remedy: 'Give back an `asOf` of an earlier answer to the same tenant, unchanged.',
  },
  QUERY_TOO_LARGE: {
    status: 422,
    retryable: false,
    remedy: 'Narrow the time range, add a filter, or ask for fewer dimensions.',
  },
  PROOF_PENDING: {
    status: 503,
    retryable: true,
    remedy: 'Try again after the seconds in Retry-After; heads are signed every few seconds.',
  },
  STORE_UNAVAILABLE: {
    status: 503,
    retryable: true,
    remedy: 'Try again after the seconds in Retry-After; the record store does not answer.',
  },
  TRAIL_UNAVAILABLE: {
    status: 503,
    retryable: true,
    remedy:
      'Try again after the seconds in Retry-After; nothing is answered unless the read is recorded.',
  },
  BUSY: {
    status: 503,
    retryable: true,
    remedy: 'Try again after the seconds in Retry-After; too many questions wait already.',
  },
  INTERNAL: {
    status: 500,
    retryable: false,
    remedy: 'This is a defect. Report it with the time of the request.',
  },
} as const;

export type QueryApiErrorCode = keyof typeof queryApiErrors;

/** Every refusal of this room. `message` goes to the asker, so it never holds what another tenant could have written. */
export class QueryApiError extends Error {
  override readonly name = 'QueryApiError';
  readonly code: QueryApiErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly remedy: string;

  constructor(code: QueryApiErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    const { status, retryable, remedy } = queryApiErrors[code];
    this.status = status;
    this.retryable = retryable;
    this.remedy = remedy;
  }
}
