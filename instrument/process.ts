import { SpanKind, context, createContextKey, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span } from '@opentelemetry/api';
import {
  connectionAttributes,
  learnProtocolVersion,
  receivedMax,
  sessionAttributes,
} from './connection.ts';
import type { Connection, ReceivedRequest } from './connection.ts';
import { describeOperation, present } from './describe-operation.ts';
import { readId } from './json-rpc.ts';
import type {
  NotificationMessage,
  Operation,
  RequestId,
  RequestMessage,
  Response,
} from './json-rpc.ts';
import {
  factsOfMessage,
  networkAttributes,
  protocolVersionHeader,
  socketAttributes,
} from './network-attributes.ts';
import { endNumbered } from './number-spans.ts';
import {
  cancelled,
  connectionClosed,
  outcomeOfException,
  outcomeOfResponse,
  overLimit,
  record,
  succeeded,
} from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { receivedContext, withoutAmbient } from './propagate.ts';
import { observe } from './wrap-method.ts';
import type { Method } from './wrap-method.ts';

/** Where the hook of an HTTP transport leaves the HTTP request for the messages that come with it. */
export const httpRequestKey = createContextKey('@waybill/instrument http request');

/** Where a notification leaves, for the handler that takes it, how to say when it has been processed. */
const takenKey = createContextKey('@waybill/instrument notification');

/** Delivers a request under a SERVER span that is active in its handler. The span ends with its response, its cancellation or its connection. */
export function processRequest(
  connection: Connection,
  request: RequestMessage,
  extra: unknown,
  deliver: () => unknown,
): unknown {
  const { span, active } = startSpan(connection, request, extra);
  if (request.id !== undefined)
    keepReceived(connection, request.id, { method: request.method, span });
  return context.with(active, deliver);
}

/**
 * Delivers a notification under a SERVER span. It ends when the handler has finished; at once if nobody handles it. The SDK starts
 * handlers one microtask later, so that whoever has not taken it after that will not.
 */
export function processNotification(
  connection: Connection,
  notification: NotificationMessage,
  extra: unknown,
  deliver: () => unknown,
): unknown {
  const { span, active } = startSpan(connection, notification, extra);
  if (notification.method === 'notifications/cancelled') {
    const id = readId(notification.params['requestId']);
    if (id !== undefined) endReceived(connection, id, cancelled);
  }
  let isTaken = false;
  const take = (run: () => unknown): unknown => {
    if (isTaken) return run();
    isTaken = true;
    return observe(run, (end) => {
      record(span, end.kind === 'failed' ? outcomeOfException(end.error) : succeeded);
      endNumbered(span, connection.stream);
    });
  };
  const delivered = context.with(active.setValue(takenKey, take), deliver);
  queueMicrotask(() => {
    if (!isTaken) endNumbered(span, connection.stream);
  });
  return delivered;
}

/** A notification handler that tells the span of the notification it takes when it has finished. */
export function reportingHandler(handler: Method): Method {
  return (...args) => {
    const take = context.active().getValue(takenKey);
    const run = (): unknown => handler(...args);
    return typeof take === 'function' ? Reflect.apply(take, undefined, [run]) : run();
  };
}

/** Sends the response of a request and then ends its span. */
export function respond(connection: Connection, response: Response, send: () => unknown): unknown {
  const received = takeReceived(connection, response.id);
  if (!received) return send();
  learnProtocolVersion(connection, received.method, response);
  return observe(send, (end) => {
    const { method, span } = received;
    record(span, outcomeOfResponse(response, method, 'processing', connection.options));
    if (end.kind === 'failed') record(span, outcomeOfException(end.error));
    if (method === 'initialize') span.setAttributes(sessionAttributes(connection));
    endNumbered(span, connection.stream);
  });
}

/** Ends the spans of what was being processed when the connection closed: the SDK aborts the handlers and never answers. */
export function abandonReceived(connection: Connection): void {
  for (const [id, open] of connection.received) {
    while (open.length > 0) endReceived(connection, id, connectionClosed);
  }
}

function keepReceived(connection: Connection, id: RequestId, received: ReceivedRequest): void {
  const [oldest] = connection.received.keys();
  const isFull = connection.receivedCount >= receivedMax;
  if (isFull && oldest !== undefined) endReceived(connection, oldest, overLimit);
  const open = connection.received.get(id);
  if (open) open.push(received);
  else connection.received.set(id, [received]);
  connection.receivedCount += 1;
}

function endReceived(connection: Connection, id: RequestId, outcome: Outcome): void {
  const received = takeReceived(connection, id);
  if (!received) return;
  record(received.span, outcome);
  endNumbered(received.span, connection.stream);
}

/** The oldest open request of an id. */
function takeReceived(connection: Connection, id: RequestId): ReceivedRequest | undefined {
  const open = connection.received.get(id);
  const oldest = open?.shift();
  if (oldest) connection.receivedCount -= 1;
  if (open?.length === 0) connection.received.delete(id);
  return oldest;
}

function startSpan(
  connection: Connection,
  operation: Operation,
  extra: unknown,
): { readonly span: Span; readonly active: Context } {
  const ambient = context.active();
  const belongs = isOfThisMessage(connection, ambient);
  const received = receivedContext(operation.params, belongs ? ambient : withoutAmbient(ambient));
  const { name, attributes } = describeOperation(operation, connection.options);
  const span = connection.tracer.startSpan(
    name,
    {
      kind: SpanKind.SERVER,
      attributes: { ...attributes, ...messageAttributes(connection, extra, ambient) },
      links: received.links,
    },
    received.context,
  );
  return { span, active: trace.setSpan(received.context, span) };
}

function messageAttributes(connection: Connection, extra: unknown, ambient: Context): Attributes {
  return {
    ...networkAttributes(factsOfMessage(extra), 'processing'),
    ...present({ 'mcp.protocol.version': protocolVersionHeader(extra) }),
    ...connectionAttributes(connection, 'processing'),
    ...socketAttributes(ambient.getValue(httpRequestKey)),
  };
}

/**
 * Whether the ambient context has to do with this message. A server's has where a message comes by a request of its own (HTTP) or by a
 * call (in memory); a pipe is read in the context of whoever opened it. So are a client's streams, unless the server's message comes
 * on the answer to one of our open requests.
 */
function isOfThisMessage(connection: Connection, ambient: Context): boolean {
  if (connection.role === 'server') return connection.network.transport !== 'pipe';
  const around = trace.getSpanContext(ambient)?.spanId;
  return [...connection.sent.values()].some(({ span }) => span.spanContext().spanId === around);
}
