import { decodeItems } from './decode-items.ts';
import type { Scope } from './decode-items.ts';
import { readAnyValue, readKeyValue, readText } from './decode-value.ts';
import type { LogRecord } from './log-record.ts';
import { readSpanId, readTraceId } from './read-ids.ts';
import type { AttributeValue, Attributes } from './span.ts';
import * as tags from './tags.ts';
import type { Cursor } from './wire.ts';
import { microsecondsAt, readLength, readTag, readVarint, skipBytes, skipField } from './wire.ts';

/**
 * The records of a `LogsData`, in wire order; records of one resource share its map. `LogRecord.bytes` and bytes values are views of the
 * input, which must not change afterwards. Never throws for what {@link rewriteLogs} made; else an `OtlpError`.
 */
export function decodeLogs(bytes: Uint8Array): readonly LogRecord[] {
  return decodeItems(bytes, readLog);
}

function readLog(cursor: Cursor, end: number, resource: Attributes, scope: Scope): LogRecord {
  const length = readLength(cursor, end);
  const start = cursor.at;
  const stop = start + length;
  const { bytes } = cursor;
  const read = { ...nothingRead, attributes: new Map<string, AttributeValue>() };
  while (cursor.at < stop) readField(cursor, stop, read);
  return {
    ...read,
    scopeName: scope.name,
    scopeVersion: scope.version,
    resource,
    bytes: bytes.subarray(start, stop),
  };
}

type Read = {
  -readonly [
    K in keyof Omit<LogRecord, 'attributes' | 'scopeName' | 'scopeVersion' | 'resource' | 'bytes'>
  ]: LogRecord[K];
} & { readonly attributes: Map<string, AttributeValue> };

const nothingRead: Omit<Read, 'attributes'> = {
  traceId: '',
  spanId: '',
  timeUs: 0,
  observedTimeUs: 0,
  severityNumber: 0,
  severityText: '',
  eventName: '',
  body: null,
};

function readField(cursor: Cursor, stop: number, into: Read): void {
  const tag = readTag(cursor, stop);
  switch (tag) {
    case tags.LOG_ATTRIBUTES:
      readKeyValue(cursor, stop, into.attributes);
      return;
    case tags.LOG_BODY:
      into.body = readAnyValue(cursor, stop);
      return;
    case tags.LOG_TRACE_ID:
      into.traceId = orNone(readTraceId(cursor, stop));
      return;
    case tags.LOG_SPAN_ID:
      into.spanId = orNone(readSpanId(cursor, stop));
      return;
    case tags.LOG_TIME:
      into.timeUs = microsecondsAt(cursor.bytes, skipBytes(cursor, 8, stop));
      return;
    case tags.LOG_OBSERVED_TIME:
      into.observedTimeUs = microsecondsAt(cursor.bytes, skipBytes(cursor, 8, stop));
      return;
    case tags.LOG_SEVERITY_NUMBER:
      into.severityNumber = readVarint(cursor, stop);
      return;
    case tags.LOG_SEVERITY_TEXT:
      into.severityText = readText(cursor, stop);
      return;
    case tags.LOG_EVENT_NAME:
      into.eventName = readText(cursor, stop);
      return;
    default:
      skipField(cursor, tag, stop);
  }
}

function orNone(id: string): string {
  return /[1-9a-f]/.test(id) ? id : '';
}
