import { Metadata, status as grpcStatus } from '@grpc/grpc-js';
import type { StatusObject } from '@grpc/grpc-js';
import { toCollectorError } from './errors.ts';
import type { CollectorErrorCode } from './errors.ts';
import { encodeStatus } from './export-response.ts';

/**
 * The one place where gRPC codes of errors are chosen. Source: OTLP specification 1.x, "OTLP/gRPC Response": a sender
 * takes RESOURCE_EXHAUSTED as retryable only with a RetryInfo, so a request that is too large has none.
 */
export const grpcCodeOf = {
  COLLECTOR_CONFIG_INVALID: grpcStatus.INTERNAL,
  COLLECTOR_MASTER_KEY_INVALID: grpcStatus.INTERNAL,
  COLLECTOR_UNAUTHENTICATED: grpcStatus.UNAUTHENTICATED,
  COLLECTOR_FORBIDDEN: grpcStatus.PERMISSION_DENIED,
  COLLECTOR_PATH_UNKNOWN: grpcStatus.UNIMPLEMENTED,
  COLLECTOR_METHOD_UNSUPPORTED: grpcStatus.UNIMPLEMENTED,
  COLLECTOR_MEDIA_TYPE_UNSUPPORTED: grpcStatus.INVALID_ARGUMENT,
  COLLECTOR_ENCODING_UNSUPPORTED: grpcStatus.UNIMPLEMENTED,
  COLLECTOR_REQUEST_TOO_LARGE: grpcStatus.RESOURCE_EXHAUSTED,
  COLLECTOR_REQUEST_MALFORMED: grpcStatus.INVALID_ARGUMENT,
  COLLECTOR_REQUEST_ABORTED: grpcStatus.CANCELLED,
  COLLECTOR_REQUEST_SLOW: grpcStatus.DEADLINE_EXCEEDED,
  COLLECTOR_PRODUCER_OVER_LIMIT: grpcStatus.RESOURCE_EXHAUSTED,
  COLLECTOR_OVERLOADED: grpcStatus.UNAVAILABLE,
  COLLECTOR_POLICY_UNUSABLE: grpcStatus.UNAVAILABLE,
  COLLECTOR_LOG_FULL: grpcStatus.UNAVAILABLE,
  COLLECTOR_LOG_FAILED: grpcStatus.UNAVAILABLE,
  COLLECTOR_STOPPING: grpcStatus.UNAVAILABLE,
  COLLECTOR_INTERNAL: grpcStatus.INTERNAL,
} as const satisfies Record<CollectorErrorCode, number>;

const DETAILS_KEY = 'grpc-status-details-bin';

/** The status of a call that failed, with its `google.rpc.Status` in the trailers. */
export function grpcErrorStatus(thrown: unknown, retryAfterSeconds: number): StatusObject {
  const error = toCollectorError(thrown);
  const code = grpcCodeOf[error.code];
  const pushesBack =
    code === grpcStatus.UNAVAILABLE || error.code === 'COLLECTOR_PRODUCER_OVER_LIMIT';
  const metadata = new Metadata();
  const details = encodeStatus(
    {
      rpcCode: code,
      message: error.message,
      badRequest: code === grpcStatus.INVALID_ARGUMENT,
      retryAfterSeconds: pushesBack ? retryAfterSeconds : 0,
    },
    'protobuf',
  );
  metadata.set(DETAILS_KEY, details);
  return { code, details: error.message, metadata };
}
