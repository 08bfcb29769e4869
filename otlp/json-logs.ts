import type { JsonObject } from './json-fields.ts';
import {
  enumField,
  field,
  fixed64Field,
  flagsField,
  idField,
  textField,
  uint32Field,
} from './json-fields.ts';
import type { JsonRequest } from './json-request.ts';
import { requestJsonToProtobuf } from './json-request.ts';
import { writeAnyValue, writeJsonAttributes } from './json-value.ts';
import * as tags from './tags.ts';
import type { Writer } from './writer.ts';

/** An OTLP/JSON `ExportLogsServiceRequest` as protobuf bytes: see {@link requestJsonToProtobuf}. */
export function logsJsonToProtobuf(json: unknown): Uint8Array {
  return requestJsonToProtobuf(json, shape);
}

const shape: JsonRequest = {
  resources: 'resourceLogs',
  scopes: 'scopeLogs',
  items: 'logRecords',
  writeItem: writeLog,
};

function writeLog(writer: Writer, log: JsonObject): void {
  fixed64Field(writer, tags.LOG_TIME, log, 'timeUnixNano');
  enumField(writer, tags.LOG_SEVERITY_NUMBER, log, 'severityNumber', severities);
  textField(writer, tags.LOG_SEVERITY_TEXT, log, 'severityText');
  const body = field(log, 'body');
  if (body !== undefined) writeAnyValue(writer, tags.LOG_BODY, body);
  writeJsonAttributes(writer, tags.LOG_ATTRIBUTES, log);
  uint32Field(writer, tags.LOG_DROPPED_ATTRIBUTES, log, 'droppedAttributesCount');
  flagsField(writer, tags.LOG_FLAGS, log);
  idField(writer, tags.LOG_TRACE_ID, log, 'traceId', tags.TRACE_ID_BYTES);
  idField(writer, tags.LOG_SPAN_ID, log, 'spanId', tags.SPAN_ID_BYTES);
  fixed64Field(writer, tags.LOG_OBSERVED_TIME, log, 'observedTimeUnixNano');
  textField(writer, tags.LOG_EVENT_NAME, log, 'eventName');
}

// Each level has four numbers: TRACE is 1, TRACE2 is 2 … FATAL4 is 24.
const severities: readonly string[] = [
  'SEVERITY_NUMBER_UNSPECIFIED',
  ...['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap((level) =>
    ['', '2', '3', '4'].map((step) => `SEVERITY_NUMBER_${level}${step}`),
  ),
];
