import { OtlpError } from './errors.ts';
import type { JsonObject } from './json-fields.ts';
import { eachObject, isObject, objectField, textField, uint32Field } from './json-fields.ts';
import { writeJsonAttributes } from './json-value.ts';
import * as tags from './tags.ts';
import type { Writer } from './writer.ts';
import { closeMessage, createWriter, openMessage, written } from './writer.ts';

/** The names that differ between a trace and a logs request, and how one of its items is written. */
export type JsonRequest = {
  readonly resources: 'resourceSpans' | 'resourceLogs';
  readonly scopes: 'scopeSpans' | 'scopeLogs';
  readonly items: 'spans' | 'logRecords';
  /** The body of a span or log record: its fields, without tag and length. */
  readonly writeItem: (writer: Writer, item: JsonObject) => void;
};

/**
 * An OTLP/JSON export request as protobuf bytes. Takes the text, its UTF-8 bytes, or the parsed value. Names may be
 * lowerCamelCase or as in the proto files; ids are hex in any case (base64 of exactly the right size is taken too); 64-bit
 * integers are strings or numbers; enums numbers or names; unknown fields are left out. An id that is neither is left out, so that
 * its span is refused alone. Throws `OTLP_JSON_INVALID` for what is no such request.
 * Source: OTLP specification 1.x, "JSON Protobuf Encoding".
 */
export function requestJsonToProtobuf(json: unknown, shape: JsonRequest): Uint8Array {
  const request = parse(json);
  if (!isObject(request)) throw new OtlpError('OTLP_JSON_INVALID', 'the request is no object');
  const writer = createWriter(16 * 1024);
  for (const resource of eachObject(request, shape.resources)) {
    writeResource(writer, resource, shape);
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

function writeResource(writer: Writer, resources: JsonObject, shape: JsonRequest): void {
  const body = openMessage(writer, tags.REQUEST_RESOURCES);
  const resource = objectField(resources, 'resource');
  if (resource) {
    const resourceBody = openMessage(writer, tags.RESOURCES_RESOURCE);
    writeJsonAttributes(writer, tags.RESOURCE_ATTRIBUTES, resource);
    uint32Field(writer, tags.RESOURCE_DROPPED_ATTRIBUTES, resource, 'droppedAttributesCount');
    closeMessage(writer, resourceBody);
  }
  for (const scopes of eachObject(resources, shape.scopes)) writeScope(writer, scopes, shape);
  textField(writer, tags.RESOURCES_SCHEMA_URL, resources, 'schemaUrl');
  closeMessage(writer, body);
}

function writeScope(writer: Writer, scopes: JsonObject, shape: JsonRequest): void {
  const body = openMessage(writer, tags.RESOURCES_SCOPES);
  const scope = objectField(scopes, 'scope');
  if (scope) {
    const scopeBody = openMessage(writer, tags.SCOPES_SCOPE);
    textField(writer, tags.SCOPE_NAME, scope, 'name');
    textField(writer, tags.SCOPE_VERSION, scope, 'version');
    writeJsonAttributes(writer, tags.SCOPE_ATTRIBUTES, scope);
    uint32Field(writer, tags.SCOPE_DROPPED_ATTRIBUTES, scope, 'droppedAttributesCount');
    closeMessage(writer, scopeBody);
  }
  for (const item of eachObject(scopes, shape.items)) {
    const itemBody = openMessage(writer, tags.SCOPES_ITEMS);
    shape.writeItem(writer, item);
    closeMessage(writer, itemBody);
  }
  textField(writer, tags.SCOPES_SCHEMA_URL, scopes, 'schemaUrl');
  closeMessage(writer, body);
}
