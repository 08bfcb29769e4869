// OTLP/JSON as it is captured, committed and compared. Members that a capture does not use are left open.

export type AnyValue = {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values?: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values?: readonly KeyValue[] };
  readonly bytesValue?: string;
};

export type KeyValue = { readonly key: string; readonly value?: AnyValue };

type Scoped = {
  readonly scope?: {
    readonly name?: string;
    readonly version?: string;
    readonly attributes?: readonly KeyValue[];
  };
  readonly schemaUrl?: string;
};
type OfResource = {
  readonly resource?: { readonly attributes?: readonly KeyValue[] };
  readonly schemaUrl?: string;
};

export type OtlpSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly KeyValue[];
  readonly events?: readonly {
    readonly timeUnixNano?: string;
    readonly name: string;
    readonly attributes?: readonly KeyValue[];
  }[];
  readonly links?: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes?: readonly KeyValue[];
  }[];
  readonly status?: { readonly code?: number; readonly message?: string };
};

export type OtlpLog = {
  readonly timeUnixNano?: string;
  readonly observedTimeUnixNano?: string;
  readonly severityNumber?: number;
  readonly eventName?: string;
  readonly body?: AnyValue;
  readonly attributes?: readonly KeyValue[];
  readonly traceId?: string;
  readonly spanId?: string;
};

export type ScopeSpans = Scoped & { readonly spans?: readonly OtlpSpan[] };
export type ResourceSpans = OfResource & { readonly scopeSpans?: readonly ScopeSpans[] };
export type OtlpTraces = { readonly resourceSpans?: readonly ResourceSpans[] };

export type ScopeLogs = Scoped & { readonly logRecords?: readonly OtlpLog[] };
export type ResourceLogs = OfResource & { readonly scopeLogs?: readonly ScopeLogs[] };
export type OtlpLogs = { readonly resourceLogs?: readonly ResourceLogs[] };

/** What one emitter sent. */
export type Capture = { readonly traces: OtlpTraces; readonly logs: OtlpLogs };

export type CapturedSpan = { readonly scope: string; readonly span: OtlpSpan };

export function spansOf({ traces }: Capture): readonly CapturedSpan[] {
  return (traces.resourceSpans ?? []).flatMap(({ scopeSpans = [] }) =>
    scopeSpans.flatMap(({ scope, spans = [] }) =>
      spans.map((span) => ({ scope: scope?.name ?? '', span })),
    ),
  );
}

export type CapturedLog = { readonly scope: string; readonly log: OtlpLog };

export function logsOf({ logs }: Capture): readonly CapturedLog[] {
  return (logs.resourceLogs ?? []).flatMap(({ scopeLogs = [] }) =>
    scopeLogs.flatMap(({ scope, logRecords = [] }) =>
      logRecords.map((log) => ({ scope: scope?.name ?? '', log })),
    ),
  );
}

/** What a text attribute says; undefined where it is absent or no text. */
export function textAttribute(
  attributes: readonly KeyValue[] | undefined,
  key: string,
): string | undefined {
  return attributes?.find((attribute) => attribute.key === key)?.value?.stringValue;
}
