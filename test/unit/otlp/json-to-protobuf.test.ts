import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { describe, expect, it } from 'vitest';
import { decodeTraces } from '../../../otlp/decode-traces.ts';
import { OtlpError } from '../../../otlp/errors.ts';
import { tracesJsonToProtobuf } from '../../../otlp/json-to-protobuf.ts';
import { readTraces, SPAN_ID, TRACE_ID } from './otlp-messages.ts';
import { sdkSpan } from './sdk-spans.ts';

describe('tracesJsonToProtobuf', () => {
  it('says in protobuf what the OpenTelemetry SDK says in JSON', () => {
    const spans = [sdkSpan(1), sdkSpan(2)];
    const json = JsonTraceSerializer.serializeRequest(spans) ?? new Uint8Array(0);
    const protobuf = ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array(0);
    expect(decodeTraces(tracesJsonToProtobuf(json)).map(withoutBytes)).toEqual(
      decodeTraces(protobuf).map(withoutBytes),
    );
    expect(readTraces(tracesJsonToProtobuf(json))).toEqual(readTraces(protobuf));
  });

  it.each([
    ['hex', TRACE_ID, SPAN_ID],
    ['upper-case hex', TRACE_ID.toUpperCase(), SPAN_ID.toUpperCase()],
    ['base64', base64(TRACE_ID), base64(SPAN_ID)],
  ])('takes ids in %s', (_, traceId, spanId) => {
    expect(decodeTraces(converted({ traceId, spanId }))[0]).toMatchObject({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
    });
  });

  it('leaves an id out that is none, so that its span is refused alone', () => {
    expect(decodeTraces(converted({ traceId: 'xyz', spanId: SPAN_ID }))[0]?.traceId).toBe('');
  });

  it('takes numbers as text, enums as names and the names of the proto files', () => {
    const [span] = decodeTraces(
      converted({
        traceId: TRACE_ID,
        span_id: SPAN_ID,
        kind: 'SPAN_KIND_SERVER',
        start_time_unix_nano: '1732170658123456789',
        endTimeUnixNano: 1732170658000000000,
        status: { code: 'STATUS_CODE_ERROR' },
        unheardOf: { a: [1] },
        attributes: [
          { key: 'text', value: { intValue: '9007199254740993' } },
          { key: 'number', value: { intValue: -5 } },
          { key: 'bytes', value: { bytesValue: 'AQID' } },
          { key: 'list', value: { arrayValue: { values: [{ doubleValue: 'NaN' }, {}] } } },
          {
            key: 'map',
            value: { kvlistValue: { values: [{ key: 'a', value: { boolValue: true } }] } },
          },
        ],
      }),
    );
    expect(span).toMatchObject({
      spanId: SPAN_ID,
      kind: 'server',
      startTimeUs: 1_732_170_658_123_456,
      endTimeUs: 1_732_170_658_000_000,
      statusCode: 'error',
    });
    expect(span?.attributes).toEqual(
      new Map<string, unknown>([
        ['text', '9007199254740993'],
        ['number', -5],
        ['bytes', Buffer.of(1, 2, 3)],
        ['list', [Number.NaN, null]],
        ['map', new Map([['a', true]])],
      ]),
    );
  });

  it.each([
    ['no JSON', '{"resourceSpans":'],
    ['no object', '[]'],
    ['a list that is none', '{"resourceSpans":{}}'],
    ['a name that is a number', '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":5}]}]}]}'],
    [
      'a time that is no integer',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[{"endTimeUnixNano":"soon"}]}]}]}',
    ],
  ])('answers %s with a typed error that does not quote the input', (_, json) => {
    expect(() => tracesJsonToProtobuf(json)).toThrow(OtlpError);
  });

  it('bounds how deep a value may nest', () => {
    let value: object = { stringValue: 'deep' };
    for (let depth = 0; depth < 50_000; depth += 1) value = { arrayValue: { values: [value] } };
    const bytes = converted({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      attributes: [{ key: 'k', value }],
    });
    expect(bytes.length).toBeLessThan(1000);
    expect(() => decodeTraces(bytes)).not.toThrow();
  });

  it('refuses more entries than telemetry has, before it makes anything of them', () => {
    const json = `{"resourceSpans":[${'{},'.repeat(2 ** 18)}{}]}`;
    expect(() => tracesJsonToProtobuf(json)).toThrow('OTLP_TOO_MANY_FIELDS');
  });
});

function converted(span: object): Uint8Array {
  return tracesJsonToProtobuf({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

function withoutBytes(span: object): object {
  return { ...span, bytes: undefined };
}
