import { logsType, tracesType as type } from '../../support/otlp-proto.ts';

export function encodeTraces(message: object): Buffer {
  return Buffer.from(type.encode(type.fromObject(message)).finish());
}

export function encodeLogs(message: object): Buffer {
  return Buffer.from(logsType.encode(logsType.fromObject(message)).finish());
}

/** Log records in a request of one resource and scope. */
export function logsRequest(logRecords: readonly object[]): object {
  return {
    resourceLogs: [
      {
        resource: { attributes: [text('service.name', 'orders')] },
        scopeLogs: [{ scope: { name: 'test', version: '1.0' }, logRecords }],
      },
    ],
  };
}

export function readLogs(bytes: Uint8Array): unknown {
  const message = logsType.decode(bytes);
  return hexed(logsType.toObject(message, { longs: String, bytes: Buffer, defaults: true }));
}

/** Longs as decimal strings, bytes as hex, absent fields as their defaults. */
export function readTraces(bytes: Uint8Array): unknown {
  const message = type.decode(bytes);
  return hexed(type.toObject(message, { longs: String, bytes: Buffer, defaults: true }));
}

function hexed(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(hexed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, hexed(item)]));
}

export function text(key: string, value: string): object {
  return { key, value: { stringValue: value } };
}

/** A span with the ids given as hex; everything else may be overridden. */
export function span(fields: object = {}, traceId = TRACE_ID, spanId = SPAN_ID): object {
  return {
    traceId: Buffer.from(traceId, 'hex'),
    spanId: Buffer.from(spanId, 'hex'),
    name: 'tools/call lookup',
    kind: 3,
    startTimeUnixNano: '1732170658123456789',
    endTimeUnixNano: '1732170658223456789',
    ...fields,
  };
}

export function request(spans: readonly object[], resource: readonly object[] = []): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', 'orders'), ...resource] },
        scopeSpans: [{ scope: { name: 'test', version: '1.0' }, spans }],
      },
    ],
  };
}

export const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
export const SPAN_ID = '00f067aa0ba902b7';
