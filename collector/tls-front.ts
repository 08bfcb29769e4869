import type { Socket } from 'node:net';
import { TLSSocket, createServer } from 'node:tls';
import type { TlsFiles } from '../registry/tls-files.ts';
import { tlsContextOf, watchTlsFiles } from '../registry/tls-files.ts';
import type { CollectorConfig } from './config.ts';
import type { CollectorMetrics } from './metrics.ts';

/** What stands before a protocol: raw connections go in; with TLS, those with a finished handshake come out. */
export type Front = {
  take(socket: Socket): void;
  stop(): void;
};

export type FrontOptions = {
  readonly config: CollectorConfig;
  readonly metrics: CollectorMetrics;
  readonly protocol: 'http/1.1' | 'h2';
  readonly onConnection: (socket: Socket) => void;
};

/** Throws when the files of the configured TLS cannot be read or used. */
export function createFront(options: FrontOptions): Front {
  const { tls } = options.config;
  if (tls) return createTlsFront(tls, options);
  return { take: (socket) => options.onConnection(socket), stop: () => undefined };
}

/**
 * A client's certificate is asked for and never demanded: without one that its authority has signed, a request must bring a key.
 */
function createTlsFront(files: TlsFiles, options: FrontOptions): Front {
  const { config, metrics, protocol } = options;
  const server = createServer(
    {
      ...tlsContextOf(files),
      minVersion: 'TLSv1.2',
      ALPNProtocols: [protocol],
      handshakeTimeout: config.headersWaitMsMax,
      requestCert: files.clientAuthorityFile !== undefined,
      rejectUnauthorized: false,
    },
    (socket) => options.onConnection(socket),
  );
  // Who fails at the handshake is cut off; it has sent nothing.
  server.on('tlsClientError', (_, socket) => socket.destroy());
  const stop = watchTlsFiles(files, server, () =>
    metrics.add('waybill_collector_tls_problems_total', 1),
  );
  return {
    take: (socket) => void server.emit('connection', socket),
    stop,
  };
}

/** The names (`URI:…`, `DNS:…`, as OpenSSL writes them) of a client certificate that the authority has signed; empty without one. */
export function certificateNames(socket: Socket): readonly string[] {
  const known = namesOf.get(socket);
  if (known) return known;
  const names = readNames(socket);
  namesOf.set(socket, names);
  return names;
}

const namesOf = new WeakMap<Socket, readonly string[]>();

function readNames(socket: Socket): readonly string[] {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return [];
  const certificate = socket.getPeerX509Certificate();
  // Node quotes a name that has a comma or a quote in it, so that none can pass for two.
  return certificate?.subjectAltName?.split(', ') ?? [];
}
