import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { tlsContextOf, watchTlsFiles } from '../registry/tls-files.ts';
import type { RunningRole } from '../schemas/role.ts';
import { traceWork } from '../telemetry/trace-work.ts';
import type { Answer } from './read-asked.ts';
import type { ServerSettings } from './server-settings.ts';

/** Slow senders hold a connection this long, and no longer. */
const REQUEST_WAIT_MS_MAX = 30_000;

export type Service = {
  readonly role: string;
  /** What its address is called. */
  readonly address: string;
  /** One request, from its head to its answer. Must not reject. */
  readonly answer: (request: IncomingMessage) => Promise<Answer>;
  /** After the last answer. */
  readonly close: () => Promise<void>;
};

/** Serves until it is stopped; renewed TLS files come into force by themselves. Rejects when it cannot listen; `close` is the caller's then. */
export async function serve(settings: ServerSettings, service: Service): Promise<RunningRole> {
  const { tls } = settings;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    // A peer that is gone is all that can fail here.
    respond(service, request, response).catch(() => response.destroy());
  };
  const limits = { requestTimeout: REQUEST_WAIT_MS_MAX, headersTimeout: REQUEST_WAIT_MS_MAX };
  if (!tls) return listening(settings, service, createServer(limits, onRequest), () => undefined);
  const options = { ...limits, minVersion: 'TLSv1.2', ...tlsContextOf(tls) } as const;
  const server = createTlsServer(options, onRequest);
  const endWatch = watchTlsFiles(tls, server, tellOfTlsFiles(service.role));
  return listening(settings, service, server, endWatch);
}

const TELL_MS = 60_000;

/** Looked at each second, told of each minute. */
function tellOfTlsFiles(role: string): () => void {
  let toldMs = -TELL_MS;
  return () => {
    if (performance.now() - toldMs < TELL_MS) return;
    toldMs = performance.now();
    console.error(`${role}: its TLS files cannot be read; those it read last are in force.`);
  };
}

async function respond(
  { role, answer }: Service,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { headers: askedBy } = request;
  // Of some requests it is told how they were answered, and nothing of what was asked.
  const work = { name: `waybill.${role}.request`, kind: 'server', askedBy } as const;
  const { status, body } = await traceWork(work, async (traced) => {
    const given = await answer(request);
    traced.tell({ 'http.response.status_code': given.status });
    return given;
  });
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

async function listening(
  { tls, host, port, stopWaitMsMax }: ServerSettings,
  { address: called, close }: Service,
  server: Server,
  endWatch: () => void,
): Promise<RunningRole> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => resolve());
    });
  } catch (error) {
    endWatch();
    throw error;
  }
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  const shown = host.includes(':') ? `[${host}]` : host;
  const stop = async (): Promise<void> => {
    endWatch();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    await Promise.race([closed, wait(stopWaitMsMax, undefined, { ref: false })]);
    server.closeAllConnections();
    await close();
  };
  let stopping: Promise<void> | undefined;
  return {
    addresses: { [called]: `${tls ? 'https' : 'http'}://${shown}:${bound}` },
    failed: new Promise<never>((_, reject) => server.once('error', reject)),
    stop: () => (stopping ??= stop()),
  };
}
