import { once } from 'node:events';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';

export type Operations = {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Prometheus' text exposition format 0.0.4. */
  readonly render: () => string;
  /** Why the role cannot work now, each a few words that name nobody and nothing of anybody; none: it can. */
  readonly notReady: () => readonly string[];
};

export type OperationsServer = {
  /** Of `/metrics`; `/livez` and `/readyz` stand beside it. */
  readonly url: string;
  close(): Promise<void>;
};

/**
 * What an operator asks a role that serves nothing else: `GET /metrics`; `/livez`, 200 while the process answers at all: a restart would help where it
 * does not; `/readyz`, 200 while it can do its work, else 503 with the reasons: waiting helps, or mending what it waits for, and a restart does not.
 */
export async function serveOperations(operations: Operations): Promise<OperationsServer> {
  const { host, port } = operations;
  const server = createServer((request, response) => {
    if (request.method !== 'GET') answer(response, 405, 'GET is all there is.\n');
    else answerPath(operations, request.url ?? '', response);
  });
  server.headersTimeout = 5_000;
  server.maxConnections = CONNECTIONS_MAX;
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const taken = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://${host}:${taken}/metrics`,
    close: async () => {
      if (!server.listening) return;
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const CONNECTIONS_MAX = 16;

function answerPath(
  { render, notReady }: Operations,
  path: string,
  response: ServerResponse,
): void {
  const [name = ''] = path.split('?', 1);
  switch (name) {
    case '/metrics':
      answer(response, 200, render());
      break;
    case '/livez':
      answer(response, 200, 'alive\n');
      break;
    case '/readyz': {
      const reasons = notReady();
      if (reasons.length === 0) answer(response, 200, 'ready\n');
      else answer(response, 503, `not ready: ${reasons.join('; ')}\n`);
      break;
    }
    default:
      answer(response, 404, 'GET /metrics, /livez or /readyz is all there is.\n');
  }
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
  response.end(body);
}
