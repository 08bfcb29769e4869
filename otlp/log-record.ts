import type { Attributes, AttributeValue } from './span.ts';

/** A log record as decoded from OTLP, together with its resource and scope (shared between the records of one request). */
export type LogRecord = {
  /** 32 lower-case hex digits; empty when it belongs to no trace. */
  readonly traceId: string;
  /** 16 lower-case hex digits; empty when it belongs to no span. */
  readonly spanId: string;
  /** When it happened, microseconds since the epoch; 0 when the emitter said nothing. */
  readonly timeUs: number;
  /** When it was collected, microseconds since the epoch; 0 likewise. */
  readonly observedTimeUs: number;
  /** 1 … 24 (OpenTelemetry log data model); 0 when it was not given. */
  readonly severityNumber: number;
  readonly severityText: string;
  /** Names the kind of event; older emitters say it in the attribute `event.name`. */
  readonly eventName: string;
  readonly body: AttributeValue;
  readonly attributes: Attributes;
  readonly scopeName: string;
  readonly scopeVersion: string;
  readonly resource: Attributes;
  /** The record's own bytes on the wire. */
  readonly bytes: Uint8Array;
};
