/** An OTLP AnyValue. Integers outside ±2^53 are decimal strings; bytes stay bytes. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | Uint8Array
  | readonly AttributeValue[]
  | ReadonlyMap<string, AttributeValue>;

export type Attributes = ReadonlyMap<string, AttributeValue>;

export type SpanEvent = {
  readonly name: string;
  readonly timeUs: number;
  readonly attributes: Attributes;
};

export type SpanLink = {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Attributes;
};

/** A span as decoded from OTLP, together with its resource and scope (shared between the spans of one request). */
export type Span = {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** 16 lower-case hex digits; empty for a root. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: SpanKind;
  /** Microseconds since the epoch; 0 when the emitter said nothing. */
  readonly startTimeUs: number;
  readonly endTimeUs: number;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly statusCode: 'unset' | 'ok' | 'error';
  readonly statusMessage: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly resource: Attributes;
  /** The span's own bytes on the wire: what its content digest is made of. */
  readonly bytes: Uint8Array;
  /** True for a log record that is looked at as a span without duration. */
  readonly isLog?: true;
};

export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer';
