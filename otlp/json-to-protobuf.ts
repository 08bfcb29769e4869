import type { JsonObject } from './json-fields.ts';
import {
  eachObject,
  enumField,
  fixed64Field,
  flagsField,
  idField,
  objectField,
  textField,
  uint32Field,
} from './json-fields.ts';
import type { JsonRequest } from './json-request.ts';
import { requestJsonToProtobuf } from './json-request.ts';
import { writeJsonAttributes } from './json-value.ts';
import * as tags from './tags.ts';
import type { Writer } from './writer.ts';
import { closeMessage, openMessage } from './writer.ts';

/** An OTLP/JSON `ExportTraceServiceRequest` as protobuf bytes: see {@link requestJsonToProtobuf}. */
export function tracesJsonToProtobuf(json: unknown): Uint8Array {
  return requestJsonToProtobuf(json, shape);
}

const shape: JsonRequest = {
  resources: 'resourceSpans',
  scopes: 'scopeSpans',
  items: 'spans',
  writeItem: writeSpan,
};

function writeSpan(writer: Writer, span: JsonObject): void {
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
  flagsField(writer, tags.SPAN_FLAGS, span);
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
  flagsField(writer, tags.LINK_FLAGS, link);
  closeMessage(writer, body);
}
