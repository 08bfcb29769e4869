import { once } from 'node:events';
import { createServer } from 'node:http';
import type { LedgerMetrics } from './metrics.ts';
import { prometheusText } from './metrics.ts';

export type MetricsServer = { readonly url: string; close(): Promise<void> };

/** `GET /metrics` for Prometheus; anything else is not found. */
export async function serveMetrics(
  metrics: LedgerMetrics,
  host: string,
  port: number,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const found = request.method === 'GET' && request.url === '/metrics';
    response.writeHead(found ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(found ? prometheusText(metrics) : 'GET /metrics is all there is.\n');
  });
  server.headersTimeout = 5_000;
  server.maxConnections = 16;
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const taken = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://${host}:${taken}/metrics`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
