import { trace } from '@opentelemetry/api';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { createConnection } from './connection.ts';
import type { Connection, Role } from './connection.ts';
import { hookTransport } from './hook-transport.ts';
import { initiateRequest } from './initiate.ts';
import { isRecord } from './json-rpc.ts';
import { heartbeatMsDefault, sendHeartbeats, streamOf } from './number-spans.ts';
import type { InstrumentOptions } from './options.ts';
import { reportingHandler } from './process.ts';
import { wrapMethod } from './wrap-method.ts';

export type { InstrumentOptions, NetworkFacts } from './options.ts';

/** Takes the instrumentation off again; spans that are open still end. Safe twice. */
export type Uninstrument = () => void;

/**
 * Gives OpenTelemetry spans to everything a client of `@modelcontextprotocol/sdk` sends and processes, and carries the context in
 * `params._meta`. Call it before `connect`; after it, what `initialize` negotiated stays unknown. Instrumenting one client twice
 * changes nothing and gives back the same function.
 */
export function instrumentClient(
  client: Pick<Client, 'connect' | 'transport'>,
  options: InstrumentOptions = {},
): Uninstrument {
  return instrument(client, 'client', options);
}

/** As `instrumentClient`, for an `McpServer` or the `Server` in it. */
export function instrumentServer(
  server: Pick<McpServer, 'server'> | Pick<Server, 'connect' | 'transport'>,
  options: InstrumentOptions = {},
): Uninstrument {
  return instrument('server' in server ? server.server : server, 'server', options);
}

/** Name and version of the instrumentation scope. */
const scope = { name: '@waybill/instrument', version: '0.1.0' } as const;

const instrumented = new WeakMap<object, Uninstrument>();

/**
 * The SDK's public seams only: `Protocol.request` tells when a request is settled, the transport's `send` and `onmessage` see every
 * message with its id, and what runs inside `onmessage` runs in the context active there, the handlers included.
 */
function instrument(endpoint: Endpoint, role: Role, options: InstrumentOptions): Uninstrument {
  const already = instrumented.get(endpoint);
  if (already) return already;
  const tracer = (options.tracerProvider ?? trace).getTracer(scope.name, scope.version);
  const { numberSpans = true, heartbeatMs = heartbeatMsDefault } = options;
  const stream = numberSpans ? streamOf(options.tracerProvider) : undefined;
  if (stream) sendHeartbeats(stream, tracer, heartbeatMs);
  let connection: Connection | undefined;
  const attach = (transport: object, isStarted: boolean): void => {
    connection = createConnection(transport, { tracer, options, role, stream });
    hookTransport(connection, isStarted);
  };
  if (endpoint.transport) attach(endpoint.transport, true);
  const undo = [
    wrapMethod(endpoint, 'connect', (original) => (transport, ...rest) => {
      // Connected already, the SDK will refuse: the connection there is stays ours.
      if (!endpoint.transport && isRecord(transport)) attach(transport, false);
      return original(transport, ...rest);
    }),
    wrapMethod(
      endpoint,
      'request',
      (original) =>
        (...args) =>
          connection ? initiateRequest(connection, original, args) : original(...args),
    ),
    wrapMethod(endpoint, 'setNotificationHandler', (original) => (schema, handler) => {
      if (typeof handler !== 'function') return original(schema, handler);
      return original(
        schema,
        reportingHandler((...args) => Reflect.apply(handler, undefined, args)),
      );
    }),
  ];
  const uninstrument = (): void => {
    for (const step of undo) step();
    if (connection) connection.isOn = false;
    instrumented.delete(endpoint);
  };
  instrumented.set(endpoint, uninstrument);
  return uninstrument;
}

type Endpoint = Pick<Client, 'connect' | 'transport'> | Pick<Server, 'connect' | 'transport'>;
