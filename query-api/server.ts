import type { Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import swagger from '@fastify/swagger';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerFactory } from 'fastify';
import fastify from 'fastify';
import { authenticate } from '../registry/credentials.ts';
import type { TlsFiles } from '../registry/tls-files.ts';
import { tlsContextOf, watchTlsFiles } from '../registry/tls-files.ts';
import { reasonOf } from '../schemas/reason-of.ts';
import { objectSchema, text } from './answer-schema.ts';
import type { Answer, Input, QueryApi, Reader, Route } from './api.ts';
import type { QueryApiLimits } from './config.ts';
import { QueryApiError, queryApiErrors } from './errors.ts';
import { isTracing } from '../telemetry/trace-work.ts';
import { may } from './permissions.ts';
import { redactAsked } from './trail/redact-asked.ts';
import { registerControls } from './routes/erasures.ts';
import { controls, routes } from './routes/all-routes.ts';
import { schemaMistakes } from './schema-mistakes.ts';
import { traceRequests } from './trace-requests.ts';
import { withWritePath, writeNotice } from './trail/write-notice.ts';

/** Of the longest id that a path may hold. */
const PARAMETER_LENGTH_MAX = 512;

/** The HTTP side of the room: keys, syntax, statuses, OpenAPI. Nothing listens yet. */
export async function createServer(api: QueryApi, tls?: TlsFiles): Promise<FastifyInstance> {
  const app = fastify({
    ...(tls ? { serverFactory: secureServers(api, tls) } : {}),
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: PARAMETER_LENGTH_MAX },
    // The framework's own answers to a path that it cannot read repeat the path.
    frameworkErrors: (error, _request, reply) => sendError(api, reply, error),
    ajv: {
      customOptions: { allErrors: true, coerceTypes: 'array', removeAdditional: false },
    },
  });
  // The answers' schemas are the documentation; what the routes return goes out as it is.
  app.setSerializerCompiler(() => (body) => JSON.stringify(body));
  await app.register(swagger, openApi);
  if (isTracing()) traceRequests(app);
  app.addHook('onRequest', async (request) => identify(api, request));
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    api.metrics.requestEnded(route, reply.statusCode, reply.elapsedTime / 1000);
  });
  app.setErrorHandler((error, _request, reply) => sendError(api, reply, error));
  app.setNotFoundHandler((request, reply) => {
    // Without a key, nothing is said of what there is.
    const code = readers.has(request) ? 'NOT_FOUND' : 'UNAUTHENTICATED';
    sendError(api, reply, new QueryApiError(code, 'There is no such path.'));
  });
  for (const route of routes(api.limits)) registerData(app, api, route);
  registerControls(app, api, {
    routes: controls,
    readerOf: controllerOf,
    errorAnswers,
  });
  registerOperation(app, api);
  await app.ready();
  boundConnections(app.server, api.limits);
  return app;
}

/** The framework leaves both unlimited. */
function boundConnections(server: Server, limits: QueryApiLimits): void {
  server.maxConnections = limits.connectionsMax;
  server.requestTimeout = limits.requestWaitMsMax;
  server.headersTimeout = limits.requestWaitMsMax;
}

/** With an authority of clients, whoever has no certificate of it does not come as far as a request. */
function secureServers(api: QueryApi, files: TlsFiles): FastifyServerFactory {
  return (handler) => {
    const server = createHttpsServer(
      {
        ...tlsContextOf(files),
        minVersion: 'TLSv1.2',
        requestCert: files.clientAuthorityFile !== undefined,
        rejectUnauthorized: files.clientAuthorityFile !== undefined,
      },
      handler,
    );
    const stop = watchTlsFiles(files, server, () => api.metrics.refused('TLS_FILES_UNREADABLE'));
    server.once('close', stop);
    return server;
  };
}

const readers = new WeakMap<FastifyRequest, Reader>();

/** Paths that need no key, because they hold nothing of anybody. */
const open: ReadonlySet<string> = new Set([
  '/openapi.json',
  '/health',
  '/livez',
  '/ready',
  '/readyz',
]);

function identify(api: QueryApi, request: FastifyRequest): void {
  if (open.has(request.routeOptions.url ?? '')) return;
  const credential = authenticate(api.credentials(), request.headers.authorization, api.nowMs());
  if (credential?.use !== 'reader') {
    const what = credential
      ? 'A producer key sends; it does not read.'
      : 'The key is missing, unknown or has ended.';
    throw new QueryApiError('UNAUTHENTICATED', what);
  }
  const { keyId, tenant, role } = credential;
  readers.set(request, { keyId, tenant, role });
}

function readerOf(request: FastifyRequest): Reader {
  const reader = readers.get(request);
  if (!reader) throw new QueryApiError('UNAUTHENTICATED', 'The key is missing or unknown.');
  return reader;
}

/** Who asks for something to be done, where they may. */
function controllerOf(request: FastifyRequest): Reader {
  const reader = readerOf(request);
  if (may(reader.role, 'controls')) return reader;
  throw new QueryApiError('FORBIDDEN', `The role ${reader.role} may not ask for this.`);
}

function registerData(app: FastifyInstance, api: QueryApi, route: Route): void {
  app.get(
    route.path,
    {
      attachValidation: true,
      schema: {
        summary: route.summary,
        security: [{ readerKey: [] }],
        querystring: route.schema.querystring,
        ...(route.schema.params ? { params: route.schema.params } : {}),
        response: { 200: withWritePath(route.schema.answer), ...errorAnswers },
      },
    },
    async (request, reply) => {
      const reader = readerOf(request);
      if (!may(reader.role, route.permission)) {
        throw new QueryApiError('FORBIDDEN', `The role ${reader.role} may not read this.`);
      }
      const input: Input = {
        query: request.query as Input['query'],
        params: request.params as Input['params'],
      };
      refuseMistakes([
        ...schemaMistakes(request.validationError?.validation ?? []),
        ...route.mistakes(api, input),
      ]);
      const answer = await route.answer(api, reader, input).catch(async (error: unknown) => {
        await recordMiss(api, reader, { route: route.path, asked: input.params }, error);
        throw error;
      });
      const { asked, rows } = answer;
      await recordRead(api, reader, { route: route.path, asked, rows });
      api.metrics.rowsGiven(route.path, rows);
      const notice = await writeNotice(api, reader);
      if (notice.writePath) void reply.header('waybill-write-path', 'down');
      // Evidence about people is nothing for a cache on the way.
      return reply.header('cache-control', 'no-store').send({ ...answer.body, ...notice });
    },
  );
}

/** That there is no such record or trace, or one without a proof yet, is an answer too, so asking for it leaves a trace as every read does. */
async function recordMiss(
  api: QueryApi,
  reader: Reader,
  read: { readonly route: string; readonly asked: Answer['asked'] },
  error: unknown,
): Promise<void> {
  if (!(error instanceof QueryApiError) || !telling.has(error.code)) return;
  await recordRead(api, reader, { ...read, rows: 0 });
}

const telling: ReadonlySet<string> = new Set(['NOT_FOUND', 'PROOF_PENDING']);

function recordRead(
  api: QueryApi,
  reader: Reader,
  { route, asked, rows }: Pick<Answer, 'asked' | 'rows'> & { readonly route: string },
): Promise<void> {
  const parameters = redactAsked(api.policies, reader.tenant, asked);
  return api.trail.record({ ...reader, route, parameters, rows });
}

function refuseMistakes(mistakes: readonly string[]): void {
  if (mistakes.length === 0) return;
  throw new QueryApiError('PARAMETERS_INVALID', `${mistakes.join('; ')}.`);
}

function registerOperation(app: FastifyInstance, api: QueryApi): void {
  const hidden = { schema: { hide: true } };
  app.get('/openapi.json', hidden, () => app.swagger());
  for (const path of ['/health', '/livez']) app.get(path, hidden, () => ({ status: 'up' }));
  for (const path of ['/ready', '/readyz']) {
    app.get(path, hidden, async () => {
      await api.store.query({ sql: 'SELECT 1 AS ready', params: {} });
      return { status: 'ready' };
    });
  }
  app.get('/metrics', hidden, (request, reply) => {
    if (!may(readerOf(request).role, 'metrics')) {
      throw new QueryApiError('FORBIDDEN', 'This role may not read metrics.');
    }
    const memory = process.memoryUsage().rss;
    void reply.type('text/plain; version=0.0.4').serializer(String);
    return api.metrics.render({ process_resident_memory_bytes: memory });
  });
}

function sendError(api: QueryApi, reply: FastifyReply, error: unknown): void {
  const known = error instanceof QueryApiError ? error : fromOther(error);
  api.metrics.refused(known.code);
  if (known.retryable) void reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  if (known.status === 401) void reply.header('www-authenticate', 'Bearer');
  // What was thrown may quote what somebody typed, so that a log gets its kind and place alone.
  if (known.code === 'INTERNAL') console.error(`query-api: a defect: ${reasonOf(error)}`);
  const { code, message, remedy } = known;
  void reply.status(known.status).send({ code, message, remedy });
}

/** Errors that are not ours. Their text may hold what others wrote, so it stays here. */
function fromOther(error: unknown): QueryApiError {
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new QueryApiError('PARAMETERS_INVALID', 'The request is not well-formed.', error);
  }
  return new QueryApiError('INTERNAL', 'Something failed that should not.', error);
}

const RETRY_AFTER_SECONDS = 2;

const errorBody = objectSchema({ code: text, message: text, remedy: text });
const statuses = new Set(Object.values(queryApiErrors).map(({ status }) => status));
const errorAnswers = Object.fromEntries(
  [...statuses].map((status) => [
    status,
    { description: 'what went wrong, and what to do', ...errorBody },
  ]),
);

const openApi = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Waybill query API',
      description:
        'Who asked, which agent acted, through which server and tool, with what outcome, at what cost.',
      version: '1',
    },
    components: { securitySchemes: { readerKey: { type: 'http', scheme: 'bearer' } } },
  },
} as const;
