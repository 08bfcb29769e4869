import type { Scope } from './decode-items.ts';
import { decodeItems } from './decode-items.ts';
import { readKeyValue, readText } from './decode-value.ts';
import { readSpanId, readTraceId } from './read-ids.ts';
import type { AttributeValue, Attributes, Span, SpanEvent, SpanKind, SpanLink } from './span.ts';
import * as tags from './tags.ts';
import type { Cursor } from './wire.ts';
import { microsecondsAt, readLength, readTag, readVarint, skipBytes, skipField } from './wire.ts';

/**
 * The spans of a `TracesData`, in wire order; spans of one resource share its map. `Span.bytes` and bytes values are views of the
 * input, which must not change afterwards. Never throws for what {@link rewriteTraces} made; else an `OtlpError`.
 */
export function decodeTraces(bytes: Uint8Array): readonly Span[] {
  return decodeItems(bytes, readSpan);
}

const noEvents: readonly SpanEvent[] = [];
const noLinks: readonly SpanLink[] = [];

function readSpan(cursor: Cursor, end: number, resource: Attributes, scope: Scope): Span {
  const length = readLength(cursor, end);
  const start = cursor.at;
  const stop = start + length;
  const { bytes } = cursor;
  let traceId = '';
  let spanId = '';
  let parentSpanId = '';
  let traceState = '';
  let name = '';
  let kind: SpanKind = 'unspecified';
  let startTimeUs = 0;
  let endTimeUs = 0;
  const status: Status = { code: 'unset', message: '' };
  const attributes = new Map<string, AttributeValue>();
  let events: SpanEvent[] | undefined;
  let links: SpanLink[] | undefined;
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    switch (tag) {
      case tags.SPAN_ATTRIBUTES:
        readKeyValue(cursor, stop, attributes);
        break;
      case tags.SPAN_TRACE_ID:
        traceId = readTraceId(cursor, stop);
        break;
      case tags.SPAN_SPAN_ID:
        spanId = readSpanId(cursor, stop);
        break;
      case tags.SPAN_PARENT_SPAN_ID:
        parentSpanId = readSpanId(cursor, stop);
        break;
      case tags.SPAN_TRACE_STATE:
        traceState = readText(cursor, stop);
        break;
      case tags.SPAN_NAME:
        name = readText(cursor, stop);
        break;
      case tags.SPAN_KIND:
        kind = kinds[readVarint(cursor, stop)] ?? 'unspecified';
        break;
      case tags.SPAN_START_TIME:
        startTimeUs = microsecondsAt(bytes, skipBytes(cursor, 8, stop));
        break;
      case tags.SPAN_END_TIME:
        endTimeUs = microsecondsAt(bytes, skipBytes(cursor, 8, stop));
        break;
      case tags.SPAN_EVENTS:
        (events ??= []).push(readEvent(cursor, stop));
        break;
      case tags.SPAN_LINKS:
        (links ??= []).push(readLink(cursor, stop));
        break;
      case tags.SPAN_STATUS:
        readStatus(cursor, stop, status);
        break;
      default:
        skipField(cursor, tag, stop);
    }
  }
  return {
    traceId,
    spanId,
    parentSpanId: parentSpanId === '0000000000000000' ? '' : parentSpanId,
    traceState,
    name,
    kind,
    startTimeUs,
    endTimeUs,
    attributes,
    events: events ?? noEvents,
    links: links ?? noLinks,
    statusCode: status.code,
    statusMessage: status.message,
    scopeName: scope.name,
    scopeVersion: scope.version,
    resource,
    bytes: bytes.subarray(start, stop),
  };
}

const kinds: readonly SpanKind[] = [
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
];

type Status = { code: Span['statusCode']; message: string };

const statusCodes: readonly Status['code'][] = ['unset', 'ok', 'error'];

function readStatus(cursor: Cursor, end: number, into: Status): void {
  const length = readLength(cursor, end);
  const stop = cursor.at + length;
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    if (tag === tags.STATUS_MESSAGE) into.message = readText(cursor, stop);
    else if (tag === tags.STATUS_CODE) into.code = statusCodes[readVarint(cursor, stop)] ?? 'unset';
    else skipField(cursor, tag, stop);
  }
}

function readEvent(cursor: Cursor, end: number): SpanEvent {
  const length = readLength(cursor, end);
  const stop = cursor.at + length;
  let name = '';
  let timeUs = 0;
  const attributes = new Map<string, AttributeValue>();
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    if (tag === tags.EVENT_ATTRIBUTES) readKeyValue(cursor, stop, attributes);
    else if (tag === tags.EVENT_NAME) name = readText(cursor, stop);
    else if (tag === tags.EVENT_TIME)
      timeUs = microsecondsAt(cursor.bytes, skipBytes(cursor, 8, stop));
    else skipField(cursor, tag, stop);
  }
  return { name, timeUs, attributes };
}

function readLink(cursor: Cursor, end: number): SpanLink {
  const length = readLength(cursor, end);
  const stop = cursor.at + length;
  let traceId = '';
  let spanId = '';
  const attributes = new Map<string, AttributeValue>();
  while (cursor.at < stop) {
    const tag = readTag(cursor, stop);
    if (tag === tags.LINK_TRACE_ID) traceId = readTraceId(cursor, stop);
    else if (tag === tags.LINK_SPAN_ID) spanId = readSpanId(cursor, stop);
    else if (tag === tags.LINK_ATTRIBUTES) readKeyValue(cursor, stop, attributes);
    else skipField(cursor, tag, stop);
  }
  return { traceId, spanId, attributes };
}
