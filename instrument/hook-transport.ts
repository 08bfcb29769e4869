import { context } from '@opentelemetry/api';
import type { Connection } from './connection.ts';
import { initiateNotification, noteAnswered, noteSent } from './initiate.ts';
import { readMessage } from './json-rpc.ts';
import {
  abandonReceived,
  httpRequestKey,
  processNotification,
  processRequest,
  respond,
} from './process.ts';
import { wrapMethod } from './wrap-method.ts';

/**
 * Sees every message of a transport, in both directions. The SDK sets the transport's callbacks in `connect` and then starts it, so
 * the callbacks of a transport that is still to be connected are taken at its start. The hooks stay until the transport goes:
 * operations that are open when the instrumentation is taken off still get their end.
 */
export function hookTransport(connection: Connection, isStarted: boolean): void {
  const { transport } = connection;
  wrapMethod(
    transport,
    'send',
    (original) =>
      (message, ...rest) =>
        send(connection, message, (sent) => original(sent, ...rest)),
  );
  for (const name of ['handleRequest', 'handlePostMessage']) {
    wrapMethod(
      transport,
      name,
      (original) =>
        (request, ...rest) =>
          context.with(context.active().setValue(httpRequestKey, request), () =>
            original(request, ...rest),
          ),
    );
  }
  if (isStarted) return hookCallbacks(connection);
  const unhookStart = wrapMethod(transport, 'start', (original) => (...args) => {
    unhookStart();
    hookCallbacks(connection);
    return original(...args);
  });
}

function hookCallbacks(connection: Connection): void {
  const { transport } = connection;
  wrapMethod(
    transport,
    'onmessage',
    (original) =>
      (message, extra, ...rest) =>
        receive(connection, message, extra, () => original(message, extra, ...rest)),
  );
  wrapMethod(transport, 'onclose', (original) => (...args) => {
    abandonReceived(connection);
    return original(...args);
  });
}

function send(
  connection: Connection,
  message: unknown,
  deliver: (message: unknown) => unknown,
): unknown {
  const read = readMessage(message);
  if (read.kind === 'result' || read.kind === 'error') {
    return respond(connection, read, () => deliver(message));
  }
  if (read.kind === 'notification' && connection.isOn) {
    return initiateNotification(connection, read, message, deliver);
  }
  if (read.kind === 'request') noteSent(connection, read);
  return deliver(message);
}

function receive(
  connection: Connection,
  message: unknown,
  extra: unknown,
  deliver: () => unknown,
): unknown {
  const read = readMessage(message);
  if (read.kind === 'request' && connection.isOn) {
    return processRequest(connection, read, extra, deliver);
  }
  if (read.kind === 'notification' && connection.isOn) {
    return processNotification(connection, read, extra, deliver);
  }
  if (read.kind === 'result' || read.kind === 'error') noteAnswered(connection, read);
  return deliver();
}
