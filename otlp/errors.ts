export type OtlpErrorCode = 'OTLP_MALFORMED' | 'OTLP_JSON_INVALID' | 'OTLP_TOO_MANY_FIELDS';

/** What a code means to the sender. Neither goes away by trying again: answer 400 (gRPC `INVALID_ARGUMENT`). */
export const otlpErrorActions: Readonly<Record<OtlpErrorCode, string>> = {
  OTLP_MALFORMED: 'permanent: the bytes are no OTLP protobuf message. Correct the sender.',
  OTLP_TOO_MANY_FIELDS:
    'permanent: a message is made of more parts than telemetry has. Send smaller requests.',
  OTLP_JSON_INVALID: 'permanent: the text is no OTLP/JSON trace request. Correct the sender.',
};

/** Bad input. The message tells a place and a kind of fault, never a value of the input. */
export class OtlpError extends Error {
  override readonly name = 'OtlpError';
  readonly retryable = false;
  readonly code: OtlpErrorCode;

  constructor(code: OtlpErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail} (${otlpErrorActions[code]})`, { cause });
    this.code = code;
  }
}
