import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { ProducerCredential } from '../registry/credentials.ts';
import type { Signal } from '../schemas/topics.ts';
import type { ExportAcceptor } from './accept-export.ts';
import type { Authenticator } from './authenticate.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { CollectorConfig } from './config.ts';
import { CollectorError, toCollectorError } from './errors.ts';
import { encodeExportResponse, mediaTypes } from './export-response.ts';
import type { ExportOutcome, OtlpEncoding } from './export-response.ts';
import { httpErrorAnswer } from './http-status.ts';
import { countFailure } from './metrics.ts';
import type { CollectorMetrics } from './metrics.ts';
import { createQuickLane } from './quick-lane.ts';
import { discardRest, gunzipBody, readBody } from './read-body.ts';
import { certificateNames, createFront } from './tls-front.ts';

export type ReceiverParts = {
  readonly config: CollectorConfig;
  readonly authenticator: Authenticator;
  readonly budget: ByteBudget;
  /** Takes traces. */
  readonly accept: ExportAcceptor;
  readonly metrics: CollectorMetrics;
  /** OTLP JSON as the protobuf it stands for. Throws `COLLECTOR_REQUEST_MALFORMED`. */
  readonly jsonToProtobuf: (json: Uint8Array) => Uint8Array;
  /** The same for log records. */
  readonly logs: Pick<ReceiverParts, 'accept' | 'jsonToProtobuf'>;
  /** False when requests would be refused: for load balancers. */
  readonly ready: () => boolean;
};

/**
 * OTLP/HTTP, and what an operator asks: `/health`, `/ready`, `/metrics`. Fastify routes; the export itself works on the raw
 * request and response (README.md has what that saves).
 */
export function createHttpReceiver(parts: ReceiverParts): FastifyInstance {
  const { metrics } = parts;
  const app = fastify({
    serverFactory: (handler) => createBoundedServer(parts, handler),
    forceCloseConnections: 'idle',
    logger: false,
  });
  for (const signal of ['traces', 'logs'] as const) {
    app.route({
      method: 'POST',
      url: `/v1/${signal}`,
      // Taken over before Fastify looks at the body: reading, limits and statuses are OTLP's here.
      onRequest: (request, reply) => {
        reply.hijack();
        void receiveExport(parts, request.raw, { response: reply.raw, signal });
      },
      handler: () => undefined,
    });
  }
  app.all('/*', {
    onRequest: (request, reply) => {
      reply.hijack();
      refuseUnknown(parts, request.raw, reply.raw);
    },
    handler: () => undefined,
  });
  for (const path of ['/health', '/livez']) app.get(path, () => ({ status: 'alive' }));
  for (const path of ['/ready', '/readyz']) {
    app.get(path, (_, reply) => {
      const ready = parts.ready();
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready' });
    });
  }
  app.get('/metrics', (_, reply) => {
    metrics.set('waybill_collector_held_bytes', parts.budget.heldBytes());
    return reply.type('text/plain; version=0.0.4').send(metrics.render());
  });
  return app;
}

/** Our own limits where Node's defaults are wide or absent; a slow peer gets Node's 408 and is cut off. */
function createBoundedServer(parts: ReceiverParts, handler: RequestHandler): Server {
  const { config } = parts;
  const server = createServer(
    {
      maxHeaderSize: config.headerBytesMax,
      // Node takes no longer time for the headers than for the whole.
      headersTimeout: Math.min(config.headersWaitMsMax, config.requestWaitMsMax),
      requestTimeout: config.requestWaitMsMax,
      keepAliveTimeout: config.keepAliveMsMax,
      connectionsCheckingInterval: 1_000,
    },
    handler,
  );
  server.maxConnections = config.connectionsMax;
  // Who has sent its last byte may still wait for an answer, as in the quick lane; without this Node closes on it.
  Reflect.set(server, 'httpAllowHalfOpen', true);
  putQuickLaneBefore(server, parts);
  return server;
}

/** New connections come to the quick lane first, which hands on what is not for it. */
function putQuickLaneBefore(server: Server, parts: ReceiverParts): void {
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  const lane = createQuickLane(parts, (connection) => {
    for (const listener of listeners) Reflect.apply(listener, server, [connection]);
  });
  const { config, metrics } = parts;
  const front = createFront({
    config,
    metrics,
    protocol: 'http/1.1',
    onConnection: (socket) => lane.take(socket),
  });
  server.on('connection', (socket) => front.take(socket));
  server.once('close', () => front.stop());
  // Closing reaches the lane's connections as it does Node's own.
  const closeIdle = server.closeIdleConnections.bind(server);
  const closeAll = server.closeAllConnections.bind(server);
  server.closeIdleConnections = () => (lane.closeIdle(), closeIdle());
  server.closeAllConnections = () => (lane.closeAll(), closeAll());
}

type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

async function receiveExport(
  parts: ReceiverParts,
  request: IncomingMessage,
  { response, signal }: { readonly response: ServerResponse; readonly signal: Signal },
): Promise<void> {
  const { accept, jsonToProtobuf } = signal === 'logs' ? parts.logs : parts;
  // What an error is answered in when the request does not say it can read protobuf.
  let encoding: OtlpEncoding = 'json';
  const held = { producer: undefined as ProducerCredential | undefined, bytes: 0 };
  try {
    encoding = encodingOf(request.headers['content-type']) ?? 'json';
    const { authorization } = request.headers;
    const verification = parts.authenticator.prepare(authorization);
    if (verification) await verification;
    const names = certificateNames(request.socket);
    const producer = parts.authenticator.producerOf(authorization, names);
    held.producer = producer;
    const body = await readExport(parts, request, (bytes) => {
      parts.budget.hold(producer, bytes);
      held.bytes += bytes;
    });
    parts.budget.charge(producer, body.length);
    const protobuf = encoding === 'json' ? jsonToProtobuf(body) : body;
    answerOutcome(parts, response, await accept(producer, protobuf), { encoding, signal });
  } catch (error) {
    answerError(parts, request, response, error, encoding);
  } finally {
    if (held.producer) parts.budget.release(held.producer, held.bytes);
  }
}

/** The decompressed body. What can be known from the headers is refused before a byte of it is read. */
async function readExport(
  parts: ReceiverParts,
  request: IncomingMessage,
  hold: (bytes: number) => void,
): Promise<Buffer> {
  const { headers } = request;
  const bytesMax = parts.config.requestBytesMax;
  if (!encodingOf(headers['content-type'])) {
    throw new CollectorError('COLLECTOR_MEDIA_TYPE_UNSUPPORTED');
  }
  const coding = headers['content-encoding'] ?? 'identity';
  if (coding !== 'identity' && coding !== 'gzip') {
    throw new CollectorError('COLLECTOR_ENCODING_UNSUPPORTED');
  }
  if (Number(headers['content-length'] ?? 0) > bytesMax) {
    throw new CollectorError('COLLECTOR_REQUEST_TOO_LARGE');
  }
  const body = await readBody(request, { bytesMax, hold });
  return coding === 'gzip' ? gunzipBody(body, { bytesMax, hold }) : body;
}

function encodingOf(contentType: string | undefined): OtlpEncoding | undefined {
  if (contentType === mediaTypes.protobuf) return 'protobuf';
  const bare = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (bare === mediaTypes.protobuf) return 'protobuf';
  return bare === mediaTypes.json ? 'json' : undefined;
}

/** Headers of the answer that nearly every request gets, made once. */
const FULL_SUCCESS_HEADERS = {
  protobuf: { 'content-type': mediaTypes.protobuf, 'content-length': 0 },
  json: { 'content-type': mediaTypes.json, 'content-length': 2 },
};

function answerOutcome(
  parts: ReceiverParts,
  response: ServerResponse,
  outcome: ExportOutcome,
  { encoding, signal }: { readonly encoding: OtlpEncoding; readonly signal: Signal },
): void {
  const body = encodeExportResponse(outcome, encoding, signal);
  const headers =
    outcome.rejected.length === 0
      ? FULL_SUCCESS_HEADERS[encoding]
      : { 'content-type': mediaTypes[encoding], 'content-length': body.length };
  response.writeHead(200, headers);
  // Without a body Node writes the answer in one piece.
  if (body.length === 0) response.end();
  else response.end(body);
  parts.metrics.add('waybill_collector_requests_total', 1, 'protocol="http",status="200"');
}

function answerError(
  parts: ReceiverParts,
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
  encoding: OtlpEncoding,
): void {
  const { config, metrics } = parts;
  const { code } = toCollectorError(thrown);
  const answer = httpErrorAnswer(thrown, encoding, config.retryAfterSeconds);
  countFailure(metrics, 'http', code, answer.status);
  if (response.destroyed || response.headersSent) return void response.destroy();
  response.writeHead(answer.status, answer.headers);
  response.end(request.method === 'HEAD' ? undefined : answer.body);
  if (!request.complete) discardRest(request, config.discardBytesMax);
}

function refuseUnknown(
  parts: ReceiverParts,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const path = request.url?.split('?', 1)[0];
  const known = path === '/v1/traces' || path === '/v1/logs';
  const code = known ? 'COLLECTOR_METHOD_UNSUPPORTED' : 'COLLECTOR_PATH_UNKNOWN';
  const encoding = encodingOf(request.headers['content-type']) ?? 'json';
  answerError(parts, request, response, new CollectorError(code), encoding);
}
