/** Builds OTLP/JSON requests in tests, readable where they are used. */
export type TestSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** OTLP span kind: 1 internal, 2 server, 3 client. */
  readonly kind?: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly events?: readonly {
    readonly name: string;
    readonly attributes?: Readonly<Record<string, unknown>>;
  }[];
  readonly links?: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes?: Readonly<Record<string, unknown>>;
  }[];
  readonly traceState?: string;
};

export type TestBatch = {
  readonly scope?: { readonly name: string; readonly version?: string };
  readonly resource?: Readonly<Record<string, unknown>>;
  readonly spans: readonly TestSpan[];
};

/** An `ExportTraceServiceRequest` as OTLP/JSON. */
export function otlpJson(...batches: readonly TestBatch[]): string {
  return JSON.stringify({
    resourceSpans: batches.map((batch) => ({
      resource: { attributes: keyValues(batch.resource ?? { 'service.name': 'test' }) },
      scopeSpans: [
        { scope: batch.scope ?? { name: 'test' }, spans: batch.spans.map((span) => toJson(span)) },
      ],
    })),
  });
}

export type PostTarget = { readonly otlpHttp: string; readonly producerKey: string };

/** Posts a request and gives the status and the body of the answer. */
export async function postTraces(
  target: PostTarget,
  body: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${target.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${target.producerKey}`,
    },
    body,
  });
  return { status: response.status, text: await response.text() };
}

function toJson(span: TestSpan): object {
  const { startMs, endMs, attributes, events, links, ...rest } = span;
  return {
    ...rest,
    kind: span.kind ?? 1,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${endMs}000000`,
    attributes: keyValues(attributes ?? {}),
    events: (events ?? []).map((event) => ({
      name: event.name,
      timeUnixNano: `${startMs}000000`,
      attributes: keyValues(event.attributes ?? {}),
    })),
    links: (links ?? []).map((link) => ({ ...link, attributes: keyValues(link.attributes ?? {}) })),
  };
}

function keyValues(values: Readonly<Record<string, unknown>>): readonly object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: keyValues(value as Record<string, unknown>) } };
}
