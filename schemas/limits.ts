/** Limits that both adapters of the event log keep, and that are checked against a broker's own. Bytes. */
export const limits = {
  spanBytesMax: 256 * 1024,
  recordBytesMax: 512 * 1024,
  messageBytesMax: 900 * 1024,
  /** A single string value in a span; longer ones are cut after redaction, with size, digest and a flag. */
  valueBytesMax: 64 * 1024,
  /** OTLP request, after decompression. */
  requestBytesMax: 16 * 1024 * 1024,
  /** Nesting of an OTLP AnyValue. */
  valueDepthMax: 32,
} as const;
