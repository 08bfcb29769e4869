export type AvroErrorCode = 'AVRO_UNKNOWN_SCHEMA' | 'AVRO_UNDECODABLE' | 'AVRO_INVALID_VALUE';

/** What a code means to the caller: none of these goes away by trying again. */
export const avroErrorActions: Readonly<Record<AvroErrorCode, string>> = {
  AVRO_UNKNOWN_SCHEMA:
    'permanent: the writer used a schema that this build does not know. Upgrade this reader, then replay the message.',
  AVRO_UNDECODABLE: 'permanent: the bytes are no message of this schema. Dead-letter the message.',
  AVRO_INVALID_VALUE: 'permanent: the value does not fit the schema. A defect of the writer.',
};

export class AvroError extends Error {
  readonly code: AvroErrorCode;
  readonly retryable = false;

  constructor(code: AvroErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail} (${avroErrorActions[code]})`, { cause });
    this.name = 'AvroError';
    this.code = code;
  }
}
