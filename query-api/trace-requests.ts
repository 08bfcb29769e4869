import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TracedWork } from '../telemetry/trace-work.ts';
import { beginWork } from '../telemetry/trace-work.ts';

/**
 * Tells of some requests: the route as it is written here, never a path or parameter as it was asked. A `traceparent` of the request is the parent, so that what
 * asks is seen above it.
 */
export function traceRequests(app: FastifyInstance): void {
  const under = new WeakMap<FastifyRequest, TracedWork>();
  app.addHook('onRequest', async (request) => {
    const { url } = request.routeOptions;
    // What watches the role is no request of anybody.
    if (url === undefined || watched.has(url)) return;
    const { headers: askedBy, method } = request;
    const name = `waybill.query-api ${method} ${url}`;
    const traced = beginWork({ name, kind: 'server', askedBy });
    traced.tell({ 'http.request.method': method, 'http.route': url });
    under.set(request, traced);
  });
  app.addHook('onResponse', async (request, reply) => {
    const traced = under.get(request);
    traced?.tell({ 'http.response.status_code': reply.statusCode });
    traced?.end(reply.statusCode >= 500 ? reply.statusCode : undefined);
  });
}

const watched: ReadonlySet<string> = new Set([
  '/health',
  '/livez',
  '/ready',
  '/readyz',
  '/metrics',
]);
