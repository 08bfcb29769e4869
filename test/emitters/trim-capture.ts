import type {
  AnyValue,
  Capture,
  KeyValue,
  OtlpLog,
  OtlpSpan,
  OtlpTraces,
  OtlpLogs,
} from './otlp-capture.ts';
import { logsOf, spansOf } from './otlp-capture.ts';
import { createReplacer } from './replace-texts.ts';
import { thinCapture } from './thin-capture.ts';

/** When every committed capture begins: 2026-11-21T00:00:00Z. */
const beginNano = BigInt(Date.UTC(2026, 10, 21)) * 1_000_000n;

/** Resource attributes that tell of the machine that captured, not of the emitter. */
const machineKeys = /^(?:process\.|host\.|os\.|container\.|service\.instance\.id$)/;

/** Attributes that tell where in a program something ran, not what it did. */
const insideKeys =
  /^(?:code\.|thread\.(?:id|name)$|busy_ns$|idle_ns$|logfire\.(?:json_schema|metrics)$)/;

/**
 * A capture fit to be committed: ids counted up, times moved to one beginning, places and long texts replaced by what stands for them, spans
 * of one resource and scope together, in the order in which they came. What it says of calls does not change.
 */
export function trimCapture(whole: Capture, places: ReadonlyMap<string, string>): Capture {
  const capture = thinCapture(whole);
  const ids = countedIds(capture);
  const shift = beginNano - firstNano(capture);
  const replacer = createReplacer(places, ids, Number(shift / 1_000_000n));
  const trim: Trim = {
    time: (nano) => {
      const value = BigInt(nano ?? 0);
      // Zero says that the emitter knows no time; a microsecond is as exact as anybody here reads.
      return value === 0n ? '0' : String(((value + shift) / 1000n) * 1000n);
    },
    id: (id) => (id === undefined || id === '' ? undefined : (ids.get(id) ?? id)),
    attributes: (attributes) =>
      attributes
        ?.filter(({ key }) => !insideKeys.test(key))
        .map(({ key, value }) => ({ key, value: trimValue(value, replacer, key) })),
    text: replacer,
  };
  return { traces: trimTraces(capture.traces, trim), logs: trimLogs(capture.logs, trim) };
}

type Trim = {
  readonly time: (nano: string | undefined) => string;
  readonly id: (id: string | undefined) => string | undefined;
  readonly attributes: (
    attributes: readonly KeyValue[] | undefined,
  ) => readonly KeyValue[] | undefined;
  readonly text: (text: string, key: string) => string;
};

function trimTraces({ resourceSpans = [] }: OtlpTraces, trim: Trim): OtlpTraces {
  const parts = resourceSpans.flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.map(({ scope, spans = [] }) => ({
      resource,
      scope,
      items: spans.map((span) => trimSpan(span, trim)),
    })),
  );
  return {
    resourceSpans: grouped(parts, trim).map(({ resource, scopes }) => ({
      resource,
      scopeSpans: scopes.map(({ scope, items }) => ({ scope, spans: items })),
    })),
  };
}

function trimLogs({ resourceLogs = [] }: OtlpLogs, trim: Trim): OtlpLogs {
  const parts = resourceLogs.flatMap(({ resource, scopeLogs = [] }) =>
    scopeLogs.map(({ scope, logRecords = [] }) => ({
      resource,
      scope,
      items: logRecords.map((log) => trimLog(log, trim)),
    })),
  );
  return {
    resourceLogs: grouped(parts, trim).map(({ resource, scopes }) => ({
      resource,
      scopeLogs: scopes.map(({ scope, items }) => ({ scope, logRecords: items })),
    })),
  };
}

type Resource = { readonly attributes?: readonly KeyValue[] } | undefined;
type Scope =
  | { readonly name?: string; readonly version?: string; readonly attributes?: readonly KeyValue[] }
  | undefined;
type Part<Item> = {
  readonly resource: Resource;
  readonly scope: Scope;
  readonly items: readonly Item[];
};
type Group<Item> = {
  readonly resource: { readonly attributes: readonly KeyValue[] };
  readonly scopes: {
    readonly scope: { readonly name?: string; readonly version?: string };
    readonly items: Item[];
  }[];
};

function grouped<Item>(parts: readonly Part<Item>[], trim: Trim): readonly Group<Item>[] {
  const groups = new Map<string, Group<Item>>();
  for (const { resource, scope, items } of parts) {
    const attributes = (trim.attributes(resource?.attributes) ?? []).filter(
      ({ key }) => !machineKeys.test(key),
    );
    const name = JSON.stringify(attributes);
    const group = groups.get(name) ?? { resource: { attributes }, scopes: [] };
    groups.set(name, group);
    const kept = {
      ...(scope?.name ? { name: scope.name } : {}),
      ...(scope?.version ? { version: scope.version } : {}),
    };
    const same = group.scopes.find((one) => JSON.stringify(one.scope) === JSON.stringify(kept));
    if (same) same.items.push(...items);
    else group.scopes.push({ scope: kept, items: [...items] });
  }
  return [...groups.values()];
}

function trimSpan(span: OtlpSpan, trim: Trim): OtlpSpan {
  const { events = [], links = [], status } = span;
  return defined({
    traceId: trim.id(span.traceId) ?? '',
    spanId: trim.id(span.spanId) ?? '',
    parentSpanId: trim.id(span.parentSpanId),
    name: trim.text(span.name, 'name'),
    kind: span.kind,
    startTimeUnixNano: trim.time(span.startTimeUnixNano),
    endTimeUnixNano: trim.time(span.endTimeUnixNano),
    attributes: trim.attributes(span.attributes),
    events: unlessEmpty(
      events.map((event) => ({
        timeUnixNano: trim.time(event.timeUnixNano),
        name: event.name,
        attributes: trim.attributes(event.attributes) ?? [],
      })),
    ),
    links: unlessEmpty(
      links.map((link) => ({
        traceId: trim.id(link.traceId) ?? '',
        spanId: trim.id(link.spanId) ?? '',
        attributes: trim.attributes(link.attributes) ?? [],
      })),
    ),
    status:
      status?.code || status?.message
        ? defined({
            code: status.code,
            message: status.message && trim.text(status.message, 'status'),
          })
        : undefined,
  });
}

function trimLog(log: OtlpLog, trim: Trim): OtlpLog {
  return defined({
    timeUnixNano: log.timeUnixNano === undefined ? undefined : trim.time(log.timeUnixNano),
    observedTimeUnixNano:
      log.observedTimeUnixNano === undefined ? undefined : trim.time(log.observedTimeUnixNano),
    severityNumber: log.severityNumber || undefined,
    eventName: log.eventName || undefined,
    body: log.body && trimValue(log.body, trim.text, 'body'),
    attributes: trim.attributes(log.attributes),
    traceId: trim.id(log.traceId),
    spanId: trim.id(log.spanId),
  });
}

function trimValue(value: AnyValue | undefined, text: Trim['text'], key: string): AnyValue {
  if (value === undefined) return {};
  if (value.stringValue !== undefined) return { stringValue: text(value.stringValue, key) };
  if (value.intValue !== undefined) {
    return { intValue: intOf(String(value.intValue), key, text) };
  }
  if (value.arrayValue) {
    return {
      arrayValue: {
        values: (value.arrayValue.values ?? []).map((item) => trimValue(item, text, key)),
      },
    };
  }
  if (value.kvlistValue) {
    const values = value.kvlistValue.values ?? [];
    return {
      kvlistValue: {
        values: values.map((item) => ({
          key: item.key,
          value: trimValue(item.value, text, item.key),
        })),
      },
    };
  }
  return value;
}

/** Ports become those that stand for them; a client's is another on each run. */
function intOf(number: string, key: string, text: Trim['text']): string {
  if (key === 'client.port') return '50000';
  if (!key.endsWith('.port')) return number;
  return text(`127.0.0.1:${number}`, '').slice('127.0.0.1:'.length);
}

function unlessEmpty<Item>(items: readonly Item[]): readonly Item[] | undefined {
  return items.length === 0 ? undefined : items;
}

function defined<Type extends object>(value: {
  readonly [key in keyof Type]: Type[key] | undefined;
}): Type {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Type;
}

/** Ids counted up in the order of the spans' begin: traces, then spans; ids only referred to come after. */
function countedIds(capture: Capture): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  let traces = 0;
  let spans = 0;
  const take = (traceId: string | undefined, spanId: string | undefined): void => {
    if (traceId && !ids.has(traceId) && !/^0*$/.test(traceId)) {
      traces += 1;
      ids.set(traceId, `7ace${traces.toString(16).padStart(28, '0')}`);
    }
    if (spanId && !ids.has(spanId) && !/^0*$/.test(spanId)) {
      spans += 1;
      ids.set(spanId, `5a${spans.toString(16).padStart(14, '0')}`);
    }
  };
  const inOrder = spansOf(capture).toSorted((a, b) =>
    Number(BigInt(a.span.startTimeUnixNano) - BigInt(b.span.startTimeUnixNano)),
  );
  for (const { span } of inOrder) take(span.traceId, span.spanId);
  for (const { span } of inOrder) {
    take(undefined, span.parentSpanId);
    for (const link of span.links ?? []) take(link.traceId, link.spanId);
  }
  for (const { log } of logsOf(capture)) take(log.traceId, log.spanId);
  return ids;
}

function firstNano(capture: Capture): bigint {
  const starts = [
    ...spansOf(capture).map(({ span }) => BigInt(span.startTimeUnixNano)),
    ...logsOf(capture).map(
      ({ log }) => BigInt(log.timeUnixNano ?? 0) || BigInt(log.observedTimeUnixNano ?? 0),
    ),
  ].filter((nano) => nano > 0n);
  return starts.length === 0
    ? beginNano
    : starts.reduce((least, nano) => (nano < least ? nano : least));
}
