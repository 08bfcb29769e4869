import { trace } from '@opentelemetry/api';
import type { Span, TimeInput, TracerProvider } from '@opentelemetry/api';

/** Makes spans that say they began and ended so long ago: minutes of a run are played in seconds. */
export function providerInThePast(agoMs: number): TracerProvider {
  const then = (): number => Date.now() - agoMs;
  return {
    getTracer(name, version) {
      const tracer = trace.getTracer(name, version);
      const startSpan: typeof tracer.startSpan = (spanName, spanOptions, parent) =>
        endingAt(then, tracer.startSpan(spanName, { ...spanOptions, startTime: then() }, parent));
      return { startSpan, startActiveSpan: tracer.startActiveSpan.bind(tracer) };
    },
  };
}

function endingAt(then: () => number, span: Span): Span {
  const end = span.end.bind(span);
  span.end = (time?: TimeInput) => end(time ?? then());
  return span;
}
