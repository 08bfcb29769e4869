import { hash } from 'node:crypto';
import { logHome } from '../otlp/log-home.ts';
import type { LogRecord } from '../otlp/log-record.ts';
import type { AttributeValue, Span } from '../otlp/span.ts';

/**
 * A log record as a span without duration, below the span that it was written in, so that all that is known of spans holds of it. One
 * without a trace has its home in its session or conversation (`log-home.ts`), and one without either is alone: what it says is joined to
 * nothing. Its id is made of its bytes, so that the same record sent twice is one.
 */
export function spanOfLog(log: LogRecord): Span {
  const timeUs = timeOf(log);
  return {
    traceId: log.traceId === '' ? homeTrace(log) : log.traceId,
    spanId: hash('sha256', log.bytes, 'hex').slice(0, 16),
    parentSpanId: log.spanId,
    traceState: '',
    name: nameOf(log),
    kind: 'internal',
    startTimeUs: timeUs,
    endTimeUs: timeUs,
    attributes: log.attributes,
    events: [],
    links: [],
    statusCode: 'unset',
    statusMessage: '',
    scopeName: log.scopeName,
    scopeVersion: log.scopeVersion,
    resource: log.resource,
    bytes: log.bytes,
    isLog: true,
  };
}

/** The trace id that stands for a session or conversation: 32 hex digits of a digest, as no random trace id is. */
export function homeTraceOf(home: string): string {
  return hash('sha256', `waybill-home/${home}`, 'hex').slice(0, 32);
}

function homeTrace({ attributes, bytes }: LogRecord): string {
  const home = logHome(attributes);
  return home === '' ? hash('sha256', bytes, 'hex').slice(0, 32) : homeTraceOf(home);
}

// Codex gives neither of the two times, only an attribute.
function timeOf({ timeUs, observedTimeUs, attributes }: LogRecord): number {
  if (timeUs > 0) return timeUs;
  if (observedTimeUs > 0) return observedTimeUs;
  const said = attributes.get('event.timestamp');
  const parsed = typeof said === 'string' ? Date.parse(said) : Number.NaN;
  return Number.isNaN(parsed) || parsed < 0 ? 0 : parsed * 1000;
}

/** The event's name: emitters put it into the field, the body or an attribute, the longest of them with their own prefix. */
function nameOf({ eventName, body, attributes }: LogRecord): string {
  const candidates: AttributeValue[] = [eventName, body, attributes.get('event.name') ?? null];
  const names = candidates.filter(isName);
  return names.find((name) => name.includes('.')) ?? names[0] ?? 'log';
}

function isName(value: AttributeValue): value is string {
  return typeof value === 'string' && /^[\w./-]{1,128}$/.test(value);
}
