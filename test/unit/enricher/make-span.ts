import type { LogRecord } from '../../../otlp/log-record.ts';
import type { AttributeValue, Span, SpanKind } from '../../../otlp/span.ts';

/** A span as people write it: short ids, times in ms after the start of the transcript. */
export type ShortSpan = {
  readonly id: string;
  readonly parent?: string;
  readonly trace?: string;
  readonly scope?: string;
  readonly kind?: SpanKind;
  readonly name?: string;
  readonly ms?: readonly [number, number];
  readonly us?: readonly [number, number];
  readonly status?: Span['statusCode'];
  readonly message?: string;
  readonly service?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly exception?: string;
  readonly links?: readonly string[];
  /** A span of another trace that it links to. */
  readonly outside?: { readonly trace: string; readonly id: string };
  readonly events?: readonly {
    readonly name: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
  readonly resource?: Readonly<Record<string, unknown>>;
};

/** A log record as people write it: without `trace` it belongs to none. */
export type ShortLog = {
  readonly trace?: string;
  readonly span?: string;
  readonly scope?: string;
  readonly event?: string;
  readonly body?: string;
  /** Left out by emitters that give no time. */
  readonly at?: number;
  readonly attributes?: Readonly<Record<string, unknown>>;
};

export function makeLog(short: ShortLog): LogRecord {
  return {
    traceId: short.trace === undefined ? '' : hexId(short.trace, 32),
    spanId: short.span === undefined ? '' : hexId(short.span, 16),
    timeUs: short.at === undefined ? 0 : toUs(short.at),
    observedTimeUs: 0,
    severityNumber: 9,
    severityText: 'INFO',
    eventName: short.event ?? '',
    body: short.body ?? null,
    attributes: attributesOf(short.attributes ?? {}),
    scopeName: short.scope ?? '',
    scopeVersion: '',
    resource: new Map(),
    bytes: Buffer.from(JSON.stringify(short)),
  };
}

/** 2026-11-21T00:00:00Z: where transcripts begin. */
export const transcriptStartMs = Date.UTC(2026, 10, 21);

export function makeSpan(short: ShortSpan): Span {
  const traceId = hexId(short.trace ?? 'trace', 32);
  const [start, end] = short.us ?? (short.ms ?? [0, 10]).map(toUs);
  return {
    traceId,
    spanId: hexId(short.id, 16),
    parentSpanId: short.parent === undefined ? '' : hexId(short.parent, 16),
    traceState: '',
    name: short.name ?? 'span',
    kind: short.kind ?? 'internal',
    startTimeUs: start ?? 0,
    endTimeUs: end ?? 0,
    attributes: attributesOf(short.attributes ?? {}),
    events: [
      ...(short.exception ? [exceptionEvent(short.exception, end ?? 0)] : []),
      ...(short.events ?? []).map(({ name, attributes }) => ({
        name,
        timeUs: end ?? 0,
        attributes: attributesOf(attributes),
      })),
    ],
    links: [
      ...(short.links ?? []).map((id) => linkTo(traceId, id)),
      ...(short.outside ? [linkTo(hexId(short.outside.trace, 32), short.outside.id)] : []),
    ],
    statusCode: short.status ?? 'unset',
    statusMessage: short.message ?? '',
    scopeName: short.scope ?? '',
    scopeVersion: '',
    resource: attributesOf({
      ...(short.service === undefined ? {} : { 'service.name': short.service }),
      ...short.resource,
    }),
    bytes: Buffer.from(JSON.stringify(short)),
  };
}

function linkTo(traceId: string, id: string) {
  return { traceId, spanId: hexId(id, 16), attributes: new Map() };
}

/** Short ids as hex: their letters, padded with zeros. */
export function hexId(id: string, digits: number): string {
  return Buffer.from(id).toString('hex').padEnd(digits, '0').slice(0, digits);
}

/** The short id again. */
export function shortId(hex: string): string {
  return Buffer.from(hex, 'hex').toString().replaceAll('\0', '');
}

function toUs(ms: number): number {
  return (transcriptStartMs + ms) * 1000;
}

function exceptionEvent(type: string, timeUs: number) {
  return { name: 'exception', timeUs, attributes: new Map([['exception.type', type]]) };
}

function attributesOf(plain: Readonly<Record<string, unknown>>): Map<string, AttributeValue> {
  return new Map(Object.entries(plain).map(([key, value]) => [key, attributeOf(value)]));
}

function attributeOf(value: unknown): AttributeValue {
  if (Array.isArray(value)) return value.map(attributeOf);
  if (typeof value === 'object' && value !== null) return attributesOf({ ...value });
  return value as AttributeValue;
}
