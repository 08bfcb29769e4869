import { JsonLogsSerializer, ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
import { describe, expect, it } from 'vitest';
import { decodeLogs } from '../../../otlp/decode-logs.ts';
import { OtlpError } from '../../../otlp/errors.ts';
import { logsJsonToProtobuf } from '../../../otlp/json-logs.ts';
import { readLogs, SPAN_ID, TRACE_ID } from './otlp-messages.ts';
import { sdkSpan } from './sdk-spans.ts';

type SdkLog = Parameters<typeof ProtobufLogsSerializer.serializeRequest>[0][number];

const { resource, instrumentationScope } = sdkSpan(1);

/** A log record as the OpenTelemetry SDK hands it to its exporters. */
const sdkLog: SdkLog = {
  hrTime: [1_732_170_658, 123_456_789],
  hrTimeObserved: [1_732_170_658, 223_456_789],
  spanContext: { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 },
  severityText: 'ERROR',
  eventName: 'tool_result',
  body: { success: false, output: ['no', 'such', 'order'], bytes: 12 },
  attributes: { 'session.id': 'abc', duration_ms: 12.5 },
  resource,
  instrumentationScope,
  droppedAttributesCount: 0,
};

const protobuf = ProtobufLogsSerializer.serializeRequest([sdkLog]) ?? new Uint8Array(0);

describe('decodeLogs', () => {
  it('reads what the OpenTelemetry SDK exports', () => {
    const [log, ...others] = decodeLogs(protobuf);
    expect(others).toEqual([]);
    expect(log).toMatchObject({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      timeUs: 1_732_170_658_123_456,
      observedTimeUs: 1_732_170_658_223_456,
      severityText: 'ERROR',
      eventName: 'tool_result',
      scopeName: 'mcp',
      scopeVersion: '2.3.0',
    });
    expect(log?.body).toEqual(
      new Map<string, unknown>([
        ['success', false],
        ['output', ['no', 'such', 'order']],
        ['bytes', 12],
      ]),
    );
    expect(Object.fromEntries(log?.attributes ?? [])).toEqual({
      'session.id': 'abc',
      duration_ms: 12.5,
    });
    expect(log?.resource.get('service.name')).toBe('orders');
  });

  it('throws its own error for bytes that are cut off, and none other', () => {
    for (let length = 1; length < protobuf.length; length += 1) {
      expect(() => decodeLogs(protobuf.subarray(0, length))).toThrow(OtlpError);
    }
  });
});

describe('logsJsonToProtobuf', () => {
  it('says in protobuf what the OpenTelemetry SDK says in JSON', () => {
    const json = JsonLogsSerializer.serializeRequest([sdkLog]) ?? new Uint8Array(0);
    expect(readLogs(logsJsonToProtobuf(json))).toEqual(readLogs(protobuf));
  });

  it('takes severities as names or numbers, and the names of the proto files', () => {
    const read = (log: object) =>
      decodeLogs(logsJsonToProtobuf({ resource_logs: [{ scope_logs: [{ log_records: [log] }] }] }));
    expect(read({ severity_number: 'SEVERITY_NUMBER_WARN2' })[0]?.severityNumber).toBe(14);
    expect(read({ severityNumber: 'SEVERITY_NUMBER_FATAL4' })[0]?.severityNumber).toBe(24);
    expect(read({ severityNumber: 9, body: { stringValue: 'x' } })[0]).toMatchObject({
      severityNumber: 9,
      body: 'x',
    });
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['records that are no objects', { resourceLogs: [{ scopeLogs: [{ logRecords: ['x'] }] }] }],
    ['a body that is text', { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: 'x' }] }] }] }],
  ])('refuses %s', (_, json) => {
    expect(() => logsJsonToProtobuf(json)).toThrow(OtlpError);
  });
});
