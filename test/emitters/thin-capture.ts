import type { Capture, OtlpSpan } from './otlp-capture.ts';
import { spansOf } from './otlp-capture.ts';

/** Of spans that say nothing of a call and are nobody's way to one, so many of one scope and name are kept. */
const alikeMax = 2;

/** Keys that speak of calls, models, agents and people, in whatever vocabulary. */
const tellingKeys =
  /^(?:mcp[._]|gen_ai\.|rpc\.|tool[._]|user\.|enduser\.|agent|traceloop\.|openinference\.|langfuse\.|ai\.|mastra\.|error\.type$)/;

/** A program's own insides, repeated by the hundred, say nothing the second time: a capture without them says the same of every call. */
export function thinCapture(capture: Capture): Capture {
  const kept = keptSpans(capture);
  return {
    logs: capture.logs,
    traces: {
      resourceSpans: (capture.traces.resourceSpans ?? []).map((ofResource) => ({
        ...ofResource,
        scopeSpans: (ofResource.scopeSpans ?? []).map((ofScope) => ({
          ...ofScope,
          spans: (ofScope.spans ?? []).filter((span) => kept.has(span)),
        })),
      })),
    },
  };
}

function keptSpans(capture: Capture): ReadonlySet<OtlpSpan> {
  const spans = spansOf(capture);
  const byId = new Map(spans.map(({ span }) => [`${span.traceId}/${span.spanId}`, span]));
  const kept = new Set<OtlpSpan>();
  const alike = new Map<string, number>();
  for (const { scope, span } of spans) {
    const name = `${scope} ${span.name}`;
    const count = alike.get(name) ?? 0;
    alike.set(name, count + 1);
    if (count < alikeMax || isTelling(span)) keepWithAncestors(span, byId, kept);
  }
  return kept;
}

function isTelling({ attributes = [], links = [] }: OtlpSpan): boolean {
  return links.length > 0 || attributes.some(({ key }) => tellingKeys.test(key));
}

function keepWithAncestors(
  from: OtlpSpan,
  byId: ReadonlyMap<string, OtlpSpan>,
  kept: Set<OtlpSpan>,
): void {
  let span: OtlpSpan | undefined = from;
  while (span && !kept.has(span)) {
    kept.add(span);
    span = byId.get(`${span.traceId}/${span.parentSpanId ?? ''}`);
  }
}
