import type { Signal } from '../schemas/topics.ts';
import { bytesField, varintField } from './protobuf-fields.ts';

/** How a request is encoded; its answer is encoded alike. Source: OTLP specification 1.x, "OTLP/HTTP Response". */
export type OtlpEncoding = 'protobuf' | 'json';

/** What became of the spans or log records of one request. A reason is a short code of ours, never text from the request. */
export type ExportOutcome = {
  readonly accepted: number;
  readonly rejected: readonly { readonly reason: string; readonly count: number }[];
};

/** A `google.rpc.Status`, with the details that OTLP names. */
export type StatusBody = {
  readonly rpcCode: number;
  readonly message: string;
  /** Told with a malformed request: `google.rpc.BadRequest`. */
  readonly badRequest: boolean;
  /** Told with a retryable error: `google.rpc.RetryInfo`; 0 tells nothing. */
  readonly retryAfterSeconds: number;
};

export const mediaTypes = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
} as const satisfies Record<OtlpEncoding, string>;

const NOTHING_SAID = { protobuf: Buffer.alloc(0), json: Buffer.from('{}') };

const things = {
  traces: { field: 'rejectedSpans', words: 'spans' },
  logs: { field: 'rejectedLogRecords', words: 'log records' },
} as const;

/** `ExportTraceServiceResponse` or `ExportLogsServiceResponse`; `partial_success` stays unset when everything was accepted. */
export function encodeExportResponse(
  outcome: ExportOutcome,
  encoding: OtlpEncoding,
  signal: Signal = 'traces',
): Buffer {
  if (outcome.rejected.length === 0) return NOTHING_SAID[encoding];
  const rejected = outcome.rejected.reduce((sum, { count }) => sum + count, 0);
  const errorMessage = `Rejected ${things[signal].words}: ${outcome.rejected
    .map(({ reason, count }) => `${count} ${reason}`)
    .join(', ')}.`;
  if (encoding === 'json') {
    // A 64-bit integer is a string in the protobuf JSON mapping.
    const partialSuccess = { [things[signal].field]: String(rejected), errorMessage };
    return Buffer.from(JSON.stringify({ partialSuccess }));
  }
  return bytesField(1, Buffer.concat([varintField(1, rejected), bytesField(2, errorMessage)]));
}

/** `google.rpc.Status` in the request's encoding. Source: googleapis `google/rpc/status.proto`, `error_details.proto`. */
export function encodeStatus(status: StatusBody, encoding: OtlpEncoding): Buffer {
  return encoding === 'json' ? statusAsJson(status) : statusAsProtobuf(status);
}

const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

function statusAsProtobuf(status: StatusBody): Buffer {
  const fields = [varintField(1, status.rpcCode), bytesField(2, status.message)];
  if (status.badRequest) {
    const violation = Buffer.concat([bytesField(1, 'body'), bytesField(2, status.message)]);
    fields.push(bytesField(3, anyOf(BAD_REQUEST, bytesField(1, violation))));
  }
  if (status.retryAfterSeconds > 0) {
    const delay = bytesField(1, varintField(1, status.retryAfterSeconds));
    fields.push(bytesField(3, anyOf(RETRY_INFO, delay)));
  }
  return Buffer.concat(fields);
}

function anyOf(type: string, value: Uint8Array): Buffer {
  return Buffer.concat([bytesField(1, type), bytesField(2, value)]);
}

function statusAsJson(status: StatusBody): Buffer {
  const details: object[] = [];
  if (status.badRequest) {
    const fieldViolations = [{ field: 'body', description: status.message }];
    details.push({ '@type': BAD_REQUEST, fieldViolations });
  }
  if (status.retryAfterSeconds > 0) {
    details.push({ '@type': RETRY_INFO, retryDelay: `${status.retryAfterSeconds}s` });
  }
  const { rpcCode: code, message } = status;
  return Buffer.from(
    JSON.stringify(details.length ? { code, message, details } : { code, message }),
  );
}
