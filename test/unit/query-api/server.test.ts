import { describe, expect, it, vi } from 'vitest';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { QueryApiError, queryApiErrors } from '../../../query-api/errors.ts';
import { limitReader } from '../../../query-api/limited-reader.ts';
import { createServer } from '../../../query-api/server.ts';
import type { Statement } from '../../../query-api/queries/statement.ts';
import { controls, routes } from '../../../query-api/routes/all-routes.ts';
import { filterParameters } from '../../../query-api/queries/filters.ts';
import { principalId } from '../../../redaction/principal.ts';
import { StoreError } from '../../../record-store/errors.ts';
import { tenantKey } from '../../../registry/tenant-keys.ts';
import { as, fakeStore, keys, madeApi, MASTER_KEY } from './made-api.ts';

// There are many runs; on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000 });

const dataPaths = [
  '/v1/records',
  `/v1/records/${'a'.repeat(32)}`,
  `/v1/traces/${'b'.repeat(32)}`,
  '/v1/counts?by=user',
  '/v1/charges?by=team',
  '/v1/reconciliation',
];

async function ask(url: string, key: string | undefined, api = madeApi(fakeStore())) {
  const app = await createServer(api);
  const response = await app.inject({ url, headers: key === undefined ? {} : as(key) });
  await app.close();
  return response;
}

describe('keys', () => {
  it('lets nobody ask without a reader key, and names the scheme', async () => {
    const app = await createServer(madeApi(fakeStore()));
    for (const url of [...dataPaths, '/metrics', '/nowhere']) {
      for (const key of [undefined, 'wb_wrong', keys.producer]) {
        const response = await app.inject({ url, headers: key === undefined ? {} : as(key) });
        expect(response.statusCode).toBe(401);
        expect(response.headers['www-authenticate']).toBe('Bearer');
        expect(response.json()).toMatchObject({ code: 'UNAUTHENTICATED' });
      }
    }
    await app.close();
  });

  it('gives OpenAPI, health and readiness to anybody', async () => {
    for (const path of ['/health', '/ready'])
      expect((await ask(path, undefined)).statusCode).toBe(200);
    const document = (await ask('/openapi.json', undefined)).json<{ paths: object }>();
    expect(Object.keys(document.paths).toSorted()).toEqual(
      [
        ...new Set(
          [...routes(madeApi(fakeStore()).limits), ...controls].map(({ path }) =>
            path.replace(/:(\w+)/, '{$1}'),
          ),
        ),
      ].toSorted(),
    );
  });

  it('keeps each role to what it needs', async () => {
    const refused = async (key: string) => {
      const statuses = await Promise.all(dataPaths.map((path) => ask(path, key)));
      return dataPaths.filter((_, at) => statuses[at]?.statusCode === 403);
    };
    expect(await refused(keys.auditor)).toEqual([]);
    expect(await refused(keys.finops)).toEqual(['/v1/reconciliation']);
    expect(await refused(keys.operator)).toEqual([...dataPaths.slice(0, 3), '/v1/charges?by=team']);
    // A typed name is an oracle for who is in the directory.
    expect((await ask('/v1/records?user=ana', keys.finops)).statusCode).toBe(403);
  });
});

describe('connections', () => {
  it('are bounded in number, and in the time that a request may take to come', async () => {
    const api = madeApi(fakeStore());
    const app = await createServer({ ...api, limits: { ...api.limits, connectionsMax: 1 } });
    const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
    const first = connect(Number(port), '127.0.0.1');
    await once(first, 'connect');
    const second = connect(Number(port), '127.0.0.1').on('error', () => undefined);
    await once(second, 'close');
    expect(first.readyState).toBe('open');
    expect(app.server.requestTimeout).toBe(30_000);
    first.destroy();
    await app.close();
  });
});

describe('every statement', () => {
  it('is bound to the tenant of the key, whatever the parameters say', async () => {
    const text = `x' OR tenant = 'umbra`;
    const filters = filterParameters.map(({ name, values, pattern }) => {
      const value = values?.[0] ?? (pattern ? 'c'.repeat(32) : text);
      return `${name}=${encodeURIComponent(value)}`;
    });
    const urls = [
      ...dataPaths,
      `/v1/records?${filters.join('&')}`,
      `/v1/counts?by=user,day,hour&${filters.join('&')}`,
      `/v1/charges?by=team&server=${encodeURIComponent(text)}`,
    ];
    for (const url of urls) {
      const store = fakeStore();
      await ask(url, keys.auditor, madeApi(store));
      const tables = store.asked.filter(
        ({ sql }) => !sql.startsWith('SELECT * FROM (SELECT log_id'),
      );
      for (const { sql, params } of tables) {
        expect(sql).toMatch(/FROM waybill\.\w+\nWHERE tenant = \{tenant:String\}\n/);
        expect(params['tenant']).toBe('acme');
        expect(sql).not.toContain('umbra');
        expect(sql.match(/FROM waybill/g)).toHaveLength(1);
      }
    }
  });

  it('asks for a person by the keyed id of the name, never by the name', async () => {
    const store = fakeStore();
    const api = madeApi(store);
    await ask('/v1/records?user=%20Ana@Example.com', keys.auditor, api);
    const id = principalId(tenantKey(MASTER_KEY, 'acme', 'principal'), 'ana@example.com');
    expect(store.asked.at(-1)?.params['user']).toEqual([id]);
    expect(JSON.stringify(store.asked) + JSON.stringify(api.reads)).not.toMatch(/ana@/i);
    expect(api.reads[0]?.parameters['user']).toEqual([id]);
  });
});

describe('mistakes', () => {
  it('tells all of them together', async () => {
    const url = '/v1/counts?by=user,weather&outcome=good&colour=red&limit=0&from=yesterday';
    const response = await ask(url, keys.auditor);
    expect(response.statusCode).toBe(400);
    const { code, message, remedy } = response.json<Record<string, string>>();
    expect(code).toBe('PARAMETERS_INVALID');
    for (const part of [
      'weather',
      'outcome must be one of',
      'colour',
      'limit',
      'from is no time',
    ]) {
      expect(message).toContain(part);
    }
    expect(remedy).not.toBe('');
  });

  it('refuses a window that ends before it begins or is too long', async () => {
    for (const range of [
      'from=2026-11-21T06:00:00Z&to=2026-11-21T06:00:00Z',
      'from=2024-11-21T06:00:00Z&to=2026-11-21T06:00:00Z',
    ]) {
      expect((await ask(`/v1/records?${range}`, keys.auditor)).statusCode).toBe(400);
    }
  });

  it('answers every failure in one form', async () => {
    for (const url of ['/nowhere', '/v1/records?cursor=abc', '/v1/records/short']) {
      const body = (await ask(url, keys.auditor)).json<object>();
      expect(Object.keys(body)).toEqual(['code', 'message', 'remedy']);
    }
  });
});

describe('the store’s failures', () => {
  const failing = (error: unknown) =>
    limitReader(
      {
        query: async () => {
          throw error;
        },
      },
      { querySecondsMax: 1, queriesMax: 1, queriesWaitingMax: 1 },
    );

  it('answers 503 with Retry-After while the store does not answer', async () => {
    const api = madeApi(failing(new StoreError('STORE_UNREACHABLE', 'connect ECONNREFUSED')));
    const response = await ask('/v1/records', keys.auditor, api);
    expect(response.statusCode).toBe(503);
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
    expect(response.json()).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(response.body).not.toContain('ECONNREFUSED');
  });

  it('answers 422 when a question takes too long', async () => {
    const api = madeApi(failing(new StoreError('STORE_TIMED_OUT', 'too slow')));
    expect((await ask('/v1/counts?by=user', keys.auditor, api)).statusCode).toBe(422);
  });
});

describe('the trail', () => {
  it('records every data request with key, route and rows, and nothing else', async () => {
    const api = madeApi(fakeStore());
    const app = await createServer(api);
    for (const url of [
      '/v1/records?server=files',
      '/health',
      '/v1/counts?by=user',
      '/v1/records?limit=x',
    ]) {
      await app.inject({ url, headers: as(keys.auditor) });
    }
    await app.close();
    expect(api.reads).toEqual([
      {
        tenant: 'acme',
        keyId: 'auditor',
        role: 'auditor',
        route: '/v1/records',
        rows: 0,
        parameters: { server: ['files'], limit: 100 },
      },
      {
        tenant: 'acme',
        keyId: 'auditor',
        role: 'auditor',
        route: '/v1/counts',
        rows: 0,
        parameters: { by: 'user', limit: 1000 },
      },
    ]);
  });

  it('records a question after a record or trace that is not there', async () => {
    const api = madeApi(fakeStore());
    for (const path of dataPaths.slice(1, 3)) {
      expect((await ask(path, keys.auditor, api)).statusCode).toBe(404);
    }
    expect(api.reads.map(({ route, parameters, rows }) => ({ route, parameters, rows }))).toEqual([
      { route: '/v1/records/:callId', parameters: { callId: 'a'.repeat(32) }, rows: 0 },
      { route: '/v1/traces/:traceId', parameters: { traceId: 'b'.repeat(32) }, rows: 0 },
    ]);
  });

  it('records a question after a proof that is not there yet, which tells that the record is', async () => {
    const callId = 'a'.repeat(32);
    const leaf = { logId: 'records/p0/e0', leafIndex: 0, callId, revision: 0, sign: 1, leaf: '{}' };
    const all = fakeStore([leaf]);
    const query = <Row>(statement: Statement): Promise<readonly Row[]> =>
      statement.sql.includes('waybill.checkpoints') ? Promise.resolve([]) : all.query(statement);
    const api = madeApi({ query });
    const response = await ask(`/v1/records/${callId}/proof`, keys.auditor, api);
    expect(response.json()).toMatchObject({ code: 'PROOF_PENDING' });
    expect(api.reads).toMatchObject([{ route: '/v1/records/:callId/proof', rows: 0 }]);
  });

  it('answers nothing that could not be recorded', async () => {
    const trail = {
      record: () => Promise.reject(new QueryApiError('TRAIL_UNAVAILABLE', 'not recorded')),
    };
    const response = await ask('/v1/records', keys.auditor, madeApi(fakeStore(), { trail }));
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({ code: 'TRAIL_UNAVAILABLE' });
  });
});

it('has every error of its catalogue in its README, and no other', () => {
  const readme = readFileSync('query-api/README.md', 'utf8');
  const documented = [...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => String(match[1]));
  expect(documented.toSorted()).toEqual(Object.keys(queryApiErrors).toSorted());
});
