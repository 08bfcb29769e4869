import { OtlpError } from '../otlp/errors.ts';
import { RegistryError } from '../registry/errors.ts';

/** Every way in which the collector refuses or fails; `http-status.ts` and `grpc-status.ts` turn codes into answers. */
export type CollectorErrorCode = keyof typeof collectorErrors;

/**
 * The catalogue. `retryable` is what a good sender does with the same request; `todo` tells whoever reads the error what would
 * help. Texts never repeat what the sender sent.
 */
export const collectorErrors = {
  COLLECTOR_CONFIG_INVALID: {
    retryable: false,
    todo: 'Correct the configuration; every mistake is listed.',
  },
  COLLECTOR_MASTER_KEY_INVALID: {
    retryable: false,
    todo: 'Give the file of the deployment master key: 32 bytes as 64 hex digits.',
  },
  COLLECTOR_UNAUTHENTICATED: {
    retryable: false,
    todo: 'Send a producer key as `Authorization: Bearer <key>`.',
  },
  COLLECTOR_FORBIDDEN: {
    retryable: false,
    todo: 'This key only reads. Send a producer key.',
  },
  COLLECTOR_PATH_UNKNOWN: {
    retryable: false,
    todo: 'Traces go to POST /v1/traces, log records to /v1/logs. Metrics are not taken.',
  },
  COLLECTOR_METHOD_UNSUPPORTED: { retryable: false, todo: 'Use POST.' },
  COLLECTOR_MEDIA_TYPE_UNSUPPORTED: {
    retryable: false,
    todo: 'Send application/x-protobuf or application/json.',
  },
  COLLECTOR_ENCODING_UNSUPPORTED: {
    retryable: false,
    todo: 'Compress with gzip or not at all.',
  },
  COLLECTOR_REQUEST_TOO_LARGE: {
    retryable: false,
    todo: 'Send smaller batches: the limit holds after decompression.',
  },
  COLLECTOR_REQUEST_MALFORMED: {
    retryable: false,
    todo: 'Send an ExportTraceServiceRequest in the encoding that Content-Type names.',
  },
  COLLECTOR_REQUEST_ABORTED: {
    retryable: true,
    todo: 'The sender went away before its request was whole. Nothing was taken.',
  },
  COLLECTOR_REQUEST_SLOW: {
    retryable: true,
    todo: 'The request did not arrive in time. Send it again, faster or smaller.',
  },
  COLLECTOR_PRODUCER_OVER_LIMIT: {
    retryable: true,
    todo: 'This producer sends more than its share. Wait and send again.',
  },
  COLLECTOR_OVERLOADED: {
    retryable: true,
    todo: 'The collector holds all it may. Wait and send again.',
  },
  COLLECTOR_POLICY_UNUSABLE: {
    retryable: true,
    todo: 'The redaction policy in force cannot be carried out, so nothing is taken. Restore the missing key file, or apply the registry anew.',
  },
  COLLECTOR_LOG_FULL: {
    retryable: true,
    todo: 'The event log is at its limit of disk or lag. Wait; the operator looks at the slowest reader.',
  },
  COLLECTOR_LOG_FAILED: {
    retryable: true,
    todo: 'The event log did not confirm the append. Send again; the operator looks at the disk of the log.',
  },
  COLLECTOR_STOPPING: { retryable: true, todo: 'The collector is stopping. Send again.' },
  COLLECTOR_INTERNAL: {
    retryable: false,
    todo: 'A defect of the collector. Report it with the time.',
  },
} as const satisfies Record<string, { readonly retryable: boolean; readonly todo: string }>;

export class CollectorError extends Error {
  override readonly name = 'CollectorError';
  readonly code: CollectorErrorCode;
  readonly retryable: boolean;

  /** `detail` is one more sentence; it MUST NOT hold anything from a request's body. */
  constructor(code: CollectorErrorCode, detail = '', options: ErrorOptions = {}) {
    super(
      detail === '' ? collectorErrors[code].todo : `${detail} ${collectorErrors[code].todo}`,
      options,
    );
    this.code = code;
    this.retryable = collectorErrors[code].retryable;
  }
}

/** The error as one of ours: what is not known is a defect and says nothing of its inside to the sender. */
export function toCollectorError(error: unknown): CollectorError {
  if (error instanceof CollectorError) return error;
  if (error instanceof OtlpError) {
    return new CollectorError('COLLECTOR_REQUEST_MALFORMED', error.message, { cause: error });
  }
  // After the start, the registry's only errors are those of a policy and its keys.
  if (error instanceof RegistryError) {
    return new CollectorError('COLLECTOR_POLICY_UNUSABLE', '', { cause: error });
  }
  return new CollectorError('COLLECTOR_INTERNAL', '', { cause: error });
}
