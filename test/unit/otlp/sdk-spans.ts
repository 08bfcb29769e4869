import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';

type SdkSpan = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0][number];

/** A finished span as the OpenTelemetry SDK hands it to its exporters. */
export function sdkSpan(index: number): SdkSpan {
  const context = {
    traceId: `4bf92f3577b34da6a3ce929d0e0e${String(index).padStart(4, '0')}`,
    spanId: '00f067aa0ba902b7',
    traceFlags: 1,
  };
  return {
    name: `tools/call lookup ${index}`,
    kind: SpanKind.CLIENT,
    spanContext: () => context,
    parentSpanContext: { traceId: context.traceId, spanId: '53995c3f42cd8ad8', traceFlags: 1 },
    startTime: [1_732_170_658, 123_456_789],
    endTime: [1_732_170_658, 223_456_789],
    duration: [0, 100_000_000],
    ended: true,
    status: { code: SpanStatusCode.ERROR, message: 'no such order' },
    attributes: {
      'mcp.method.name': 'tools/call',
      'server.port': 8443,
      ratio: 0.25,
      'user.roles': ['agent', 'reader'],
      flag: true,
    },
    links: [
      {
        context: {
          traceId: '0af7651916cd43dd8448eb211c80319c',
          spanId: 'b7ad6b7169203331',
          traceFlags: 0,
        },
        attributes: { kind: 'transport' },
      },
    ],
    events: [
      {
        name: 'exception',
        time: [1_732_170_658, 200_000_000],
        attributes: { 'exception.type': 'NotFound' },
      },
    ],
    resource,
    instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const instrumentationScope = { name: 'mcp', version: '2.3.0' };
const resource: SdkSpan['resource'] = {
  attributes: { 'service.name': 'orders' },
  asyncAttributesPending: false,
  merge: () => {
    throw new Error('not needed');
  },
  getRawAttributes: () => [['service.name', 'orders']],
};
