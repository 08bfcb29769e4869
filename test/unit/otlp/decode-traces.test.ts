import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTraces } from '../../../otlp/decode-traces.ts';
import { OtlpError } from '../../../otlp/errors.ts';
import { encodeTraces, request, span, SPAN_ID, text, TRACE_ID } from './otlp-messages.ts';
import { sdkSpan } from './sdk-spans.ts';

describe('decodeTraces', () => {
  it('reads what the OpenTelemetry SDK exports', () => {
    const bytes = ProtobufTraceSerializer.serializeRequest([sdkSpan(1), sdkSpan(2)]);
    const spans = decodeTraces(bytes ?? new Uint8Array(0));
    expect(spans).toHaveLength(2);
    expect(spans[1]).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e0002',
      spanId: '00f067aa0ba902b7',
      parentSpanId: '53995c3f42cd8ad8',
      name: 'tools/call lookup 2',
      kind: 'client',
      startTimeUs: 1_732_170_658_123_456,
      endTimeUs: 1_732_170_658_223_456,
      statusCode: 'error',
      statusMessage: 'no such order',
      scopeName: 'mcp',
      scopeVersion: '2.3.0',
    });
    expect(Object.fromEntries(spans[1]?.attributes ?? [])).toEqual({
      'mcp.method.name': 'tools/call',
      'server.port': 8443,
      ratio: 0.25,
      'user.roles': ['agent', 'reader'],
      flag: true,
    });
    expect(spans[1]?.resource.get('service.name')).toBe('orders');
    expect(spans[1]?.resource).toBe(spans[0]?.resource);
    expect(spans[1]?.events[0]?.timeUs).toBe(1_732_170_658_200_000);
    expect(spans[1]?.links[0]?.traceId).toBe('0af7651916cd43dd8448eb211c80319c');
  });

  it('keeps integers exact: as text where a number is not', () => {
    const values = ['0', '-1', '9007199254740991', '9007199254740993', '-9223372036854775808'];
    const attributes = values.map((intValue, at) => ({ key: `k${at}`, value: { intValue } }));
    const [decoded] = decodeTraces(encodeTraces(request([span({ attributes })])));
    expect([...(decoded?.attributes.values() ?? [])]).toEqual([
      0,
      -1,
      9007199254740991,
      '9007199254740993',
      '-9223372036854775808',
    ]);
  });

  it('reads any texts and nested values as they were written', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'grapheme' }).map((stringValue) => ({ stringValue })),
        fc.boolean().map((boolValue) => ({ boolValue })),
        fc.double({ noNaN: true }).map((doubleValue) => ({ doubleValue })),
        fc.array(tie('any'), { maxLength: 3 }).map((values) => ({ arrayValue: { values } })),
      ),
    })).any;
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), value, (name, any) => {
        const message = request([span({ name, attributes: [{ key: 'k', value: any }] })]);
        const [decoded] = decodeTraces(encodeTraces(message));
        expect(decoded?.name).toBe(name);
        expect(decoded?.attributes.get('k')).toEqual(plain(any));
      }),
    );
  });

  it('finds the resource and the scope that stand behind their spans', () => {
    const resource = encodeTraces({
      resourceSpans: [{ resource: { attributes: [text('a', 'b')] } }],
    });
    const spans = encodeTraces({ resourceSpans: [{ scopeSpans: [{ spans: [span()] }] }] });
    const scope = encodeTraces({ resourceSpans: [{ scopeSpans: [{ scope: { name: 'late' } }] }] });
    const scopeSpans = Buffer.concat([spans.subarray(4), scope.subarray(4)]);
    const body = Buffer.concat([
      Buffer.of(0x12, scopeSpans.length),
      scopeSpans,
      resource.subarray(2),
    ]);
    const [decoded] = decodeTraces(Buffer.concat([Buffer.of(0x0a, body.length), body]));
    expect(decoded).toMatchObject({ traceId: TRACE_ID, spanId: SPAN_ID, scopeName: 'late' });
    expect(decoded?.resource.get('a')).toBe('b');
  });

  it('gives the bytes of the span itself', () => {
    const bytes = encodeTraces(request([span()]));
    const [decoded] = decodeTraces(bytes);
    expect(bytes.includes(Buffer.from(decoded?.bytes ?? []))).toBe(true);
    expect(decoded?.bytes.length).toBeGreaterThan(40);
    expect(decoded?.bytes.subarray(2, 18)).toEqual(Buffer.from(TRACE_ID, 'hex'));
  });

  it('answers bytes that are cut off with a typed error', () => {
    const bytes = encodeTraces(request([span()]));
    for (let length = 1; length < bytes.length; length += 1) {
      expect(() => decodeTraces(bytes.subarray(0, length))).toThrow(OtlpError);
    }
  });
});

type Any = {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values: readonly unknown[] };
};

function plain(any: unknown): unknown {
  const value = any as Any;
  if (value.arrayValue) return value.arrayValue.values.map(plain);
  return value.stringValue ?? value.boolValue ?? value.doubleValue;
}
