import { isSpanContextValid, propagation, trace } from '@opentelemetry/api';
import type { Context, Link, TextMapGetter } from '@opentelemetry/api';
import { isRecord, readRecord } from './json-rpc.ts';
import type { Params } from './json-rpc.ts';

/**
 * A copy of a request or notification whose `params._meta` carries the context: `traceparent`, `tracestate`, `baggage`, without
 * prefix (MCP SEP-414), as the globally configured propagators write them. The caller's object is never touched; if there is
 * nothing to carry, it is returned itself.
 */
export function withContext(message: unknown, context: Context): unknown {
  const carrier: Record<string, string> = {};
  propagation.inject(context, carrier);
  if (Object.keys(carrier).length === 0 || !isRecord(message)) return message;
  const params = readRecord(message['params']);
  const meta = { ...readRecord(params['_meta']), ...carrier };
  return { ...message, params: { ...params, _meta: meta } };
}

export type ReceivedContext = { readonly context: Context; readonly links: Link[] };

/**
 * The context a message is to be processed in. What its `_meta` carries is the remote parent, and the ambient span (an HTTP request's,
 * say) becomes a link. Without a parent in `_meta` the ambient span is the parent.
 */
export function receivedContext(params: Params, ambient: Context): ReceivedContext {
  const ambientSpan = trace.getSpan(ambient);
  const carrier = readRecord(params['_meta']);
  const extracted = propagation.extract(trace.deleteSpan(ambient), carrier, metaGetter);
  const remote = trace.getSpanContext(extracted);
  if (!remote || !isSpanContextValid(remote)) {
    return { context: ambientSpan ? trace.setSpan(extracted, ambientSpan) : extracted, links: [] };
  }
  const around = ambientSpan?.spanContext();
  const isOther = around && isSpanContextValid(around) && around.spanId !== remote.spanId;
  return { context: extracted, links: isOther ? [{ context: around }] : [] };
}

/** A context with neither span nor baggage: for transports where the ambient context is that of whoever opened the connection. */
export function withoutAmbient(context: Context): Context {
  return propagation.deleteBaggage(trace.deleteSpan(context));
}

/** Only strings count: `_meta` is the peer's and may hold anything. */
const metaGetter: TextMapGetter<Params> = {
  keys: (meta) => Object.keys(meta),
  get(meta, key) {
    const value = Object.hasOwn(meta, key) ? meta[key] : undefined;
    return typeof value === 'string' ? value : undefined;
  },
};
