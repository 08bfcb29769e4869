import { SpanKind, context, trace } from '@opentelemetry/api';
import type { Context, Span } from '@opentelemetry/api';
import { connectionAttributes, learnProtocolVersion, sessionAttributes } from './connection.ts';
import type { Connection, SentRequest } from './connection.ts';
import { describeOperation } from './describe-operation.ts';
import { readNewRequest, readRecord } from './json-rpc.ts';
import type { NotificationMessage, Operation, RequestMessage, Response } from './json-rpc.ts';
import { endNumbered } from './number-spans.ts';
import {
  outcomeOfException,
  outcomeOfRejection,
  outcomeOfResponse,
  record,
  succeeded,
} from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { withContext } from './propagate.ts';
import { observe } from './wrap-method.ts';
import type { End, Method } from './wrap-method.ts';

/**
 * `Protocol.request` with a CLIENT span around it. The span is active while the request is sent, so that an HTTP span lies under it,
 * and ends when the SDK settles the request, which covers time limits, aborts and lost connections as well as answers.
 */
export function initiateRequest(
  connection: Connection,
  original: Method,
  args: readonly unknown[],
): unknown {
  const [message, schema, options] = args;
  const request = readNewRequest(message);
  if (!request) return original(...args);
  const around = connection.options.enrichExecuteTool ? executeToolSpan(request) : undefined;
  const span = around ?? startSpan(connection, request);
  if (around) enrich(connection, around, request);
  const sent: SentRequest = { method: request.method, span, id: undefined, response: undefined };
  const settle = (end: End): void => {
    if (sent.id !== undefined) connection.sent.delete(sent.id);
    record(span, outcomeOf(connection, sent, end, readRecord(options)['signal']));
    if (request.method === 'initialize') span.setAttributes(sessionAttributes(connection));
    if (!around) endNumbered(span, connection.stream);
  };
  const active = trace.setSpan(context.active(), span);
  const carrying = withContext(message, active);
  return observe(
    () => sendUnder(connection, sent, active, () => original(carrying, schema, options)),
    settle,
  );
}

/** Sends a notification under a CLIENT span, which ends when the transport has delivered it. */
export function initiateNotification(
  connection: Connection,
  notification: NotificationMessage,
  message: unknown,
  send: (carrying: unknown) => unknown,
): unknown {
  const span = startSpan(connection, notification);
  const active = trace.setSpan(context.active(), span);
  const carrying = withContext(message, active);
  return observe(
    () => context.with(active, () => send(carrying)),
    (end) => {
      record(span, end.kind === 'failed' ? outcomeOfException(end.error) : succeeded);
      endNumbered(span, connection.stream);
    },
  );
}

/** The SDK has given the request its id and hands it to the transport. */
export function noteSent(connection: Connection, request: RequestMessage): void {
  const sent = connection.sending;
  if (!sent || request.id === undefined || sent.method !== request.method) return;
  connection.sending = undefined;
  sent.id = request.id;
  sent.span.setAttribute('jsonrpc.request.id', String(request.id));
  connection.sent.set(request.id, sent);
}

/** The response is kept until the SDK settles the request: only it tells a JSON-RPC error from one the SDK made itself. */
export function noteAnswered(connection: Connection, response: Response): void {
  const sent = connection.sent.get(response.id);
  if (sent) sent.response = response;
}

function startSpan(connection: Connection, operation: Operation): Span {
  const { name, attributes } = describeOperation(operation, connection.options);
  return connection.tracer.startSpan(name, {
    kind: SpanKind.CLIENT,
    attributes: { ...attributes, ...connectionAttributes(connection, 'initiating') },
  });
}

/** The SDK sends inside `Protocol.request`, before that returns: so the next request handed to the transport is this one. */
function sendUnder(
  connection: Connection,
  sent: SentRequest,
  active: Context,
  send: () => unknown,
): unknown {
  connection.sending = sent;
  try {
    return context.with(active, send);
  } finally {
    if (connection.sending === sent) connection.sending = undefined;
  }
}

function outcomeOf(connection: Connection, sent: SentRequest, end: End, signal: unknown): Outcome {
  if (sent.response && (end.kind === 'returned' || sent.response.kind === 'error')) {
    learnProtocolVersion(connection, sent.method, sent.response);
    return outcomeOfResponse(sent.response, sent.method, 'initiating', connection.options);
  }
  return end.kind === 'failed' ? outcomeOfRejection(end.error, signal) : succeeded;
}

/** Spans that already stand for a call. A second call inside one (a retry) gets a span of its own. */
const enriched = new WeakSet<Span>();

/** The active span if it surely is the GenAI span of this tool's execution: the SDK's spans show their attributes. */
function executeToolSpan(request: RequestMessage): Span | undefined {
  const span = trace.getActiveSpan();
  if (request.method !== 'tools/call' || !span?.isRecording() || enriched.has(span))
    return undefined;
  const attributes = readRecord(Reflect.get(span, 'attributes'));
  const isThisTool =
    attributes['gen_ai.operation.name'] === 'execute_tool' &&
    attributes['gen_ai.tool.name'] === request.params['name'];
  return isThisTool ? span : undefined;
}

function enrich(connection: Connection, span: Span, request: RequestMessage): void {
  enriched.add(span);
  span.setAttributes(describeOperation(request, connection.options).attributes);
  span.setAttributes(connectionAttributes(connection, 'initiating'));
}
