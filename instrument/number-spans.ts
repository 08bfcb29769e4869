import { ROOT_CONTEXT, SpanKind, TraceFlags } from '@opentelemetry/api';
import type { Span, Tracer, TracerProvider } from '@opentelemetry/api';

/**
 * Spans are numbered so that whoever keeps them can tell that one is missing: a stream is this process and one provider, its spans are numbered
 * from 0 in the order in which they end, and only those that are sampled. A new process is a new stream.
 */
export type SpanStream = {
  readonly id: string;
  /** The number of the next span. */
  next: number;
  /** Ends the heartbeats. */
  stop: (() => void) | undefined;
};

const streams = new WeakMap<object, SpanStream>();
/** Of spans of whatever provider is registered globally. */
const global = {};

export function streamOf(provider: TracerProvider | undefined): SpanStream {
  const owner = provider ?? global;
  let stream = streams.get(owner);
  if (!stream) {
    stream = { id: randomId(), next: 0, stop: undefined };
    streams.set(owner, stream);
  }
  return stream;
}

/** Ends a span with its number. One that is not exported gets none: a number that nobody sees would be a gap. */
export function endNumbered(span: Span, stream: SpanStream | undefined): void {
  const isExported = (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0;
  if (stream && isExported && span.isRecording()) {
    span.setAttributes({
      'telemetry.stream.id': stream.id,
      'telemetry.stream.number': stream.next,
    });
    stream.next += 1;
  }
  span.end();
}

/**
 * A heartbeat is a root span of no duration that says how many numbers were given out: it tells silence from absence, and the loss of the last
 * span from there having been none. The timer keeps no process alive.
 */
export function sendHeartbeats(stream: SpanStream, tracer: Tracer, everyMs: number): void {
  if (stream.stop || everyMs <= 0) return;
  const timer = setInterval(() => sendHeartbeat(stream, tracer), everyMs);
  timer.unref();
  stream.stop = () => clearInterval(timer);
}

export function sendHeartbeat(stream: SpanStream, tracer: Tracer): void {
  const attributes = { 'telemetry.stream.id': stream.id, 'telemetry.stream.next': stream.next };
  tracer.startSpan('heartbeat', { kind: SpanKind.INTERNAL, attributes }, ROOT_CONTEXT).end();
}

export const heartbeatMsDefault = 60_000;

function randomId(): string {
  return crypto.randomUUID().replaceAll('-', '').slice(0, 16);
}
