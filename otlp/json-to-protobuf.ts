import { OtlpError } from './errors.ts';
import type { JsonObject } from './json-fields.ts';
import {
  eachObject,
  enumField,
  fixed64Field,
  idField,
  isObject,
  objectField,
  textField,
  uint32Field,
} from './json-fields.ts';
import { writeJsonAttributes } from './json-value.ts';
import * as tags from './tags.ts';
import type { Writer } from './writer.ts';
import {
  closeMessage,
  createWriter,
  openMessage,
  writeFixed32,
  writeVarint,
  written,
} from './writer.ts';

/**
 * An OTLP/JSON `ExportTraceServiceRequest` as protobuf bytes. Takes the text, its UTF-8 bytes, or the parsed value. Names may be
 * lowerCamelCase or as in the proto files; ids are hex in any case (base64 of exactly the right size is taken too); 64-bit
 * integers are strings or numbers; enums numbers or names; unknown fields are left out. An id that is neither is left out, so that
 * its span is refused alone. Throws `OTLP_JSON_INVALID` for what is no such request.
 * Source: OTLP specification 1.x, "JSON Protobuf Encoding".
 */
export function tracesJsonToProtobuf(json: unknown): Uint8Array {
  const request = parse(json);
  if (!isObject(request)) throw new OtlpError('OTLP_JSON_INVALID', 'the request is no object');
  const writer = createWriter(16 * 1024);
  for (const resourceSpans of eachObject(request, 'resourceSpans')) {
    writeResourceSpans(writer, resourceSpans);
  }
  return written(writer);
}

function parse(json: unknown): unknown {
  const text = json instanceof Uint8Array ? new TextDecoder().decode(json) : json;
  if (typeof text !== 'string') return json;
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the input.
    throw new OtlpError('OTLP_JSON_INVALID', 'the body is no JSON');
  }
}

function writeResourceSpans(writer: Writer, resourceSpans: JsonObject): void {
  const body = openMessage(writer, tags.REQUEST_RESOURCE_SPANS);
  const resource = objectField(resourceSpans, 'resource');
  if (resource) {
    const resourceBody = openMessage(writer, tags.RESOURCE_SPANS_RESOURCE);
    writeJsonAttributes(writer, tags.RESOURCE_ATTRIBUTES, resource);
    uint32Field(writer, tags.RESOURCE_DROPPED_ATTRIBUTES, resource, 'droppedAttributesCount');
    closeMessage(writer, resourceBody);
  }
  for (const scopeSpans of eachObject(resourceSpans, 'scopeSpans')) {
    writeScopeSpans(writer, scopeSpans);
  }
  textField(writer, tags.RESOURCE_SPANS_SCHEMA_URL, resourceSpans, 'schemaUrl');
  closeMessage(writer, body);
}

function writeScopeSpans(writer: Writer, scopeSpans: JsonObject): void {
  const body = openMessage(writer, tags.RESOURCE_SPANS_SCOPE_SPANS);
  const scope = objectField(scopeSpans, 'scope');
  if (scope) {
    const scopeBody = openMessage(writer, tags.SCOPE_SPANS_SCOPE);
    textField(writer, tags.SCOPE_NAME, scope, 'name');
    textField(writer, tags.SCOPE_VERSION, scope, 'version');
    writeJsonAttributes(writer, tags.SCOPE_ATTRIBUTES, scope);
    uint32Field(writer, tags.SCOPE_DROPPED_ATTRIBUTES, scope, 'droppedAttributesCount');
    closeMessage(writer, scopeBody);
  }
  for (const span of eachObject(scopeSpans, 'spans')) writeSpan(writer, span);
  textField(writer, tags.SCOPE_SPANS_SCHEMA_URL, scopeSpans, 'schemaUrl');
  closeMessage(writer, body);
}

function writeSpan(writer: Writer, span: JsonObject): void {
  const body = openMessage(writer, tags.SCOPE_SPANS_SPANS);
  idField(writer, tags.SPAN_TRACE_ID, span, 'traceId', tags.TRACE_ID_BYTES);
  idField(writer, tags.SPAN_SPAN_ID, span, 'spanId', tags.SPAN_ID_BYTES);
  textField(writer, tags.SPAN_TRACE_STATE, span, 'traceState');
  idField(writer, tags.SPAN_PARENT_SPAN_ID, span, 'parentSpanId', tags.SPAN_ID_BYTES);
  textField(writer, tags.SPAN_NAME, span, 'name');
  enumField(writer, tags.SPAN_KIND, span, 'kind', spanKinds);
  fixed64Field(writer, tags.SPAN_START_TIME, span, 'startTimeUnixNano');
  fixed64Field(writer, tags.SPAN_END_TIME, span, 'endTimeUnixNano');
  writeJsonAttributes(writer, tags.SPAN_ATTRIBUTES, span);
  uint32Field(writer, tags.SPAN_DROPPED_ATTRIBUTES, span, 'droppedAttributesCount');
  for (const event of eachObject(span, 'events')) writeEvent(writer, event);
  uint32Field(writer, tags.SPAN_DROPPED_EVENTS, span, 'droppedEventsCount');
  for (const link of eachObject(span, 'links')) writeLink(writer, link);
  uint32Field(writer, tags.SPAN_DROPPED_LINKS, span, 'droppedLinksCount');
  const status = objectField(span, 'status');
  if (status) {
    const statusBody = openMessage(writer, tags.SPAN_STATUS);
    textField(writer, tags.STATUS_MESSAGE, status, 'message');
    enumField(writer, tags.STATUS_CODE, status, 'code', statusCodes);
    closeMessage(writer, statusBody);
  }
  writeFlags(writer, tags.SPAN_FLAGS, span);
  closeMessage(writer, body);
}

const spanKinds: readonly string[] = [
  'SPAN_KIND_UNSPECIFIED',
  'SPAN_KIND_INTERNAL',
  'SPAN_KIND_SERVER',
  'SPAN_KIND_CLIENT',
  'SPAN_KIND_PRODUCER',
  'SPAN_KIND_CONSUMER',
];
const statusCodes: readonly string[] = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'];

function writeEvent(writer: Writer, event: JsonObject): void {
  const body = openMessage(writer, tags.SPAN_EVENTS);
  fixed64Field(writer, tags.EVENT_TIME, event, 'timeUnixNano');
  textField(writer, tags.EVENT_NAME, event, 'name');
  writeJsonAttributes(writer, tags.EVENT_ATTRIBUTES, event);
  uint32Field(writer, tags.EVENT_DROPPED_ATTRIBUTES, event, 'droppedAttributesCount');
  closeMessage(writer, body);
}

function writeLink(writer: Writer, link: JsonObject): void {
  const body = openMessage(writer, tags.SPAN_LINKS);
  idField(writer, tags.LINK_TRACE_ID, link, 'traceId', tags.TRACE_ID_BYTES);
  idField(writer, tags.LINK_SPAN_ID, link, 'spanId', tags.SPAN_ID_BYTES);
  textField(writer, tags.LINK_TRACE_STATE, link, 'traceState');
  writeJsonAttributes(writer, tags.LINK_ATTRIBUTES, link);
  uint32Field(writer, tags.LINK_DROPPED_ATTRIBUTES, link, 'droppedAttributesCount');
  writeFlags(writer, tags.LINK_FLAGS, link);
  closeMessage(writer, body);
}

function writeFlags(writer: Writer, tag: number, object: JsonObject): void {
  const flags = object['flags'];
  if (typeof flags !== 'number' || !Number.isInteger(flags) || flags === 0) return;
  writeVarint(writer, tag);
  writeFixed32(writer, flags);
}
