import { toCollectorError } from './errors.ts';
import type { CollectorError, CollectorErrorCode } from './errors.ts';
import { encodeStatus, mediaTypes } from './export-response.ts';
import type { OtlpEncoding } from './export-response.ts';
import { grpcCodeOf } from './grpc-status.ts';

export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
};

/** The one place where HTTP statuses of errors are chosen. Source: OTLP specification 1.x, "Failures". */
export const httpStatusOf = {
  COLLECTOR_CONFIG_INVALID: 500,
  COLLECTOR_MASTER_KEY_INVALID: 500,
  COLLECTOR_UNAUTHENTICATED: 401,
  COLLECTOR_FORBIDDEN: 403,
  COLLECTOR_PATH_UNKNOWN: 404,
  COLLECTOR_METHOD_UNSUPPORTED: 405,
  COLLECTOR_MEDIA_TYPE_UNSUPPORTED: 415,
  COLLECTOR_ENCODING_UNSUPPORTED: 415,
  COLLECTOR_REQUEST_TOO_LARGE: 413,
  COLLECTOR_REQUEST_MALFORMED: 400,
  COLLECTOR_REQUEST_ABORTED: 400,
  COLLECTOR_REQUEST_SLOW: 408,
  COLLECTOR_PRODUCER_OVER_LIMIT: 429,
  COLLECTOR_OVERLOADED: 503,
  COLLECTOR_POLICY_UNUSABLE: 503,
  COLLECTOR_LOG_FULL: 503,
  COLLECTOR_LOG_FAILED: 503,
  COLLECTOR_STOPPING: 503,
  COLLECTOR_INTERNAL: 500,
} as const satisfies Record<CollectorErrorCode, number>;

/** The whole answer to a request that failed, in the request's encoding. */
export function httpErrorAnswer(
  thrown: unknown,
  encoding: OtlpEncoding,
  retryAfterSeconds: number,
): HttpAnswer {
  const error = toCollectorError(thrown);
  const status = httpStatusOf[error.code];
  const waitSeconds = status === 429 || status === 503 ? retryAfterSeconds : 0;
  const body = encodeStatus(
    {
      rpcCode: grpcCodeOf[error.code],
      message: error.message,
      badRequest: status === 400,
      retryAfterSeconds: waitSeconds,
    },
    encoding,
  );
  const headers = {
    'content-type': mediaTypes[encoding],
    'content-length': body.length,
    ...extraHeaders(error, waitSeconds),
  };
  return { status, headers, body };
}

function extraHeaders(error: CollectorError, waitSeconds: number): Record<string, string> {
  if (waitSeconds > 0) return { 'retry-after': String(waitSeconds) };
  return explaining[error.code] ?? {};
}

/** What HTTP asks an answer of this kind to tell. Source: RFC 9110, sections 11.6.1, 10.2.1 and 12.5.3. */
const explaining: Partial<Record<CollectorErrorCode, Record<string, string>>> = {
  COLLECTOR_UNAUTHENTICATED: { 'www-authenticate': 'Bearer' },
  COLLECTOR_METHOD_UNSUPPORTED: { allow: 'POST' },
  COLLECTOR_ENCODING_UNSUPPORTED: { 'accept-encoding': 'gzip, identity' },
};
