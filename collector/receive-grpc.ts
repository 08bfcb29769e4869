import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server as NetServer, Socket } from 'node:net';
import { Server, ServerCredentials, ServerInterceptingCall } from '@grpc/grpc-js';
import type {
  Metadata,
  ServerInterceptingCallInterface,
  ServerListener,
  ServerUnaryCall,
  ServiceDefinition,
  sendUnaryData,
} from '@grpc/grpc-js';
import type { Signal } from '../schemas/topics.ts';
import { limitHit } from './byte-budget.ts';
import { CollectorError, toCollectorError } from './errors.ts';
import { encodeExportResponse } from './export-response.ts';
import { grpcErrorStatus } from './grpc-status.ts';
import { countFailure } from './metrics.ts';
import type { ReceiverParts } from './receive-http.ts';
import { certificateNames, createFront } from './tls-front.ts';

export interface GrpcReceiver {
  /** The port it listens on. */
  listen(host: string, port: number): Promise<number>;
  /** Takes no more calls, lets those under way finish for `waitMsMax`, then ends them. Safe twice. */
  close(waitMsMax: number): Promise<void>;
}

/**
 * OTLP/gRPC. Messages come to us as the bytes they are. The sockets are accepted here and handed over, because grpc-js itself
 * has no limit on connections.
 */
export function createGrpcReceiver(parts: ReceiverParts): GrpcReceiver {
  const { config } = parts;
  const peers: Peers = new Map();
  const server = new Server({
    'grpc.max_receive_message_length': config.requestBytesMax,
    'grpc.max_concurrent_streams': config.grpcStreamsMax,
    'grpc.max_connection_idle_ms': config.keepAliveMsMax,
    'grpc.enable_channelz': 0,
    interceptors: [createGate(parts, peers)],
  });
  for (const signal of ['traces', 'logs'] as const) {
    server.addService(services[signal], {
      Export: (call: ExportCall, answer: ExportAnswer) =>
        void receiveExport({ parts, peers, signal }, call, answer),
    });
  }
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const front = createFront({
    config,
    metrics: parts.metrics,
    protocol: 'h2',
    onConnection: (socket) => {
      rememberPeer(peers, socket);
      socket.on('error', () => socket.destroy());
      injector.injectConnection(socket);
    },
  });
  const listener = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    front.take(socket);
  });
  listener.maxConnections = config.connectionsMax;
  return {
    listen: (host, port) => listen(listener, host, port),
    async close(waitMsMax) {
      const ended = new Promise<void>((resolve) => listener.close(() => resolve()));
      front.stop();
      injector.drain(waitMsMax);
      const timer = setTimeout(() => sockets.forEach((socket) => socket.destroy()), waitMsMax);
      await ended;
      clearTimeout(timer);
      server.forceShutdown();
    },
  };
}

async function listen(listener: NetServer, host: string, port: number): Promise<number> {
  listener.listen(port, host);
  await once(listener, 'listening');
  const address = listener.address();
  return typeof address === 'object' && address ? address.port : port;
}

/** The certificate names of each connection under its peer's address, which is all that a call tells of its connection. */
type Peers = Map<string, readonly string[]>;

function rememberPeer(peers: Peers, socket: Socket): void {
  const names = certificateNames(socket);
  if (names.length === 0) return;
  const peer = `${socket.remoteAddress}:${socket.remotePort}`;
  peers.set(peer, names);
  socket.once('close', () => peers.delete(peer));
}

type ExportCall = ServerUnaryCall<Buffer, Buffer>;
type ExportAnswer = sendUnaryData<Buffer>;

const asBytes = (bytes: Buffer): Buffer => bytes;

const exportOf = (path: string) =>
  ({
    Export: {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: asBytes,
      requestDeserialize: asBytes,
      responseSerialize: asBytes,
      responseDeserialize: asBytes,
    },
  }) as const satisfies ServiceDefinition;

/** Source: opentelemetry-proto `collector/trace/v1/trace_service.proto`, `collector/logs/v1/logs_service.proto`. */
const services = {
  traces: exportOf('/opentelemetry.proto.collector.trace.v1.TraceService/Export'),
  logs: exportOf('/opentelemetry.proto.collector.logs.v1.LogsService/Export'),
};

type Receiving = {
  readonly parts: ReceiverParts;
  readonly peers: Peers;
  readonly signal: Signal;
};

async function receiveExport(
  { parts, peers, signal }: Receiving,
  call: ExportCall,
  answer: ExportAnswer,
): Promise<void> {
  const { budget, config, metrics } = parts;
  let release = (): void => undefined;
  try {
    const names = peers.get(call.getPeer()) ?? [];
    const producer = parts.authenticator.producerOf(authorizationOf(call.metadata), names);
    const bytes = call.request.length;
    budget.hold(producer, bytes);
    release = () => budget.release(producer, bytes);
    budget.charge(producer, bytes);
    const { accept } = signal === 'logs' ? parts.logs : parts;
    const outcome = await accept(producer, call.request);
    metrics.add('waybill_collector_requests_total', 1, 'protocol="grpc",status="0"');
    answer(null, encodeExportResponse(outcome, 'protobuf', signal));
  } catch (error) {
    countFailed(parts, error);
    answer(grpcErrorStatus(error, config.retryAfterSeconds));
  } finally {
    release();
  }
}

function countFailed(parts: ReceiverParts, thrown: unknown): void {
  const { code } = toCollectorError(thrown);
  countFailure(parts.metrics, 'grpc', code, grpcErrorStatus(thrown, 0).code);
}

function authorizationOf(metadata: Metadata): string | undefined {
  const [value] = metadata.get('authorization');
  return typeof value === 'string' ? value : undefined;
}

/**
 * Stands before the message: a call without a good key, or beyond the calls that may be arriving at once, is refused before
 * its bytes are buffered, and one that does not arrive in time is ended.
 */
function createGate(parts: ReceiverParts, peers: Peers) {
  let receiving = 0;
  return (_: unknown, call: ServerInterceptingCallInterface) => {
    let timer: NodeJS.Timeout | undefined;
    const arrived = (): void => {
      if (!timer) return;
      clearTimeout(timer);
      timer = undefined;
      receiving -= 1;
    };
    const refuse = (error: unknown): void => {
      arrived();
      countFailed(parts, error);
      call.sendStatus(grpcErrorStatus(error, parts.config.retryAfterSeconds));
    };
    const listener: ServerListener = {
      onReceiveMetadata(metadata, next) {
        const admitted = (): void => {
          try {
            const names = peers.get(call.getPeer()) ?? [];
            parts.authenticator.producerOf(authorizationOf(metadata), names);
            refuseAbove(parts, receiving);
            receiving += 1;
            timer = setTimeout(refuse, parts.config.requestWaitMsMax, SLOW);
            next(metadata);
          } catch (error) {
            refuse(error);
          }
        };
        const verification = parts.authenticator.prepare(authorizationOf(metadata));
        if (verification) void verification.then(admitted, refuse);
        else admitted();
      },
      onReceiveHalfClose(next) {
        arrived();
        next();
      },
      onCancel: arrived,
    };
    return new ServerInterceptingCall(call, {
      start: (next) => next(listener),
    });
  };
}

const SLOW = new CollectorError('COLLECTOR_REQUEST_SLOW');

function refuseAbove(parts: ReceiverParts, receiving: number): void {
  if (receiving >= parts.config.grpcReceivingMax) {
    throw limitHit(parts.metrics, 'grpcReceivingMax', 'COLLECTOR_OVERLOADED');
  }
}
