import { describe, expect, it } from 'vitest';
import type { NewMessage } from '../../../event-log/event-log.ts';
import { createServer } from '../../../query-api/server.ts';
import { principalIdsOf } from '../../../registry/key-ring.ts';
import { parseRetentionBody } from '../../../registry/retention-policy.ts';
import { decodeRegistryEvent } from '../../../schemas/avro-codec.ts';
import { as, fakeStore, keys, madeApi } from './made-api.ts';

async function serve() {
  const appended: NewMessage[] = [];
  const made = madeApi(fakeStore());
  const append = async (messages: readonly NewMessage[]): Promise<void> => {
    appended.push(...messages);
    return Promise.resolve();
  };
  const api = { ...made, log: { ...made.log, append } };
  const app = await createServer(api);
  const post = async (url: string, payload: object, key: string = keys.privacy) =>
    app.inject({ method: 'POST', url, payload, headers: as(key) });
  const events = () => appended.map(({ value }) => decodeRegistryEvent(value ?? Buffer.alloc(0)));
  return { api, app, post, events };
}

describe('a request to erase', () => {
  it('is an event of the key’s tenant that names the person by ids alone', async () => {
    const { api, post, events } = await serve();
    const subject = 'Ana@Example.com';
    const answer = await post('/v1/erasures', { subject, legalBasis: 'GDPR Art. 17(1)(b)' });
    expect(answer.statusCode).toBe(202);
    const [event] = events();
    expect(event).toMatchObject({ tenant: 'acme', type: 'erasure_requested', actor: 'privacy' });
    expect(JSON.parse(event?.body ?? '')).toEqual({
      requestId: answer.json<{ requestId: string }>().requestId,
      principals: principalIdsOf(api.keys, 'acme', subject),
      legalBasis: 'GDPR Art. 17(1)(b)',
    });
    expect(event?.body.toLowerCase()).not.toContain('ana@');
  });

  it('is for nobody who only reads', async () => {
    const { post, events } = await serve();
    for (const key of [keys.auditor, keys.finops, keys.operator]) {
      const { statusCode } = await post('/v1/erasures', { subject: 'x', legalBasis: 'y' }, key);
      expect(statusCode).toBe(403);
    }
    const asked = { subject: 'x', legalBasis: 'y' };
    expect((await post('/v1/erasures', asked, keys.producer)).statusCode).toBe(401);
    expect(events()).toEqual([]);
  });

  it('that is not well-formed asks for nothing', async () => {
    const { post, events } = await serve();
    for (const body of [{}, { subject: '' }, { subject: 'x' }, { subject: 'x'.repeat(600) }]) {
      expect((await post('/v1/erasures', body)).statusCode).toBe(400);
    }
    expect(events()).toEqual([]);
  });

  it('seals no word of a person: a basis or matter that redaction would change is refused, unrepeated', async () => {
    const { post, events } = await serve();
    const personal = ['asked by ana@example.com', 'card 4111 1111 1111 1111', 'SSN 536-90-4399'];
    for (const said of personal) {
      const erasure = await post('/v1/erasures', { subject: 'x', legalBasis: said });
      const hold = await post('/v1/holds', { matter: said });
      for (const { statusCode, body } of [erasure, hold]) {
        expect(statusCode).toBe(400);
        expect(body).not.toContain(said.split(' ').at(-1));
      }
    }
    expect(events()).toEqual([]);
    const plain = ['GDPR Art. 17(1)(b)', 'case 2026-1187', 'Globex v. Initech, 3:26-cv-01187'];
    for (const said of plain) {
      expect((await post('/v1/erasures', { subject: 'x', legalBasis: said })).statusCode).toBe(202);
      expect((await post('/v1/holds', { matter: said })).statusCode).toBe(202);
    }
  });

  it('comes from a key that reads no record', async () => {
    const { app } = await serve();
    for (const url of ['/v1/records', '/v1/checkpoints', '/v1/reads', '/v1/charges?by=team']) {
      expect((await app.inject({ url, headers: as(keys.privacy) })).statusCode).toBe(403);
    }
  });
});

describe('a receipt', () => {
  it('tells of its own request, whatever another one quotes', async () => {
    const [asked, other] = ['1', '2'].map(
      (digit) => `${digit.repeat(8)}-0000-4000-8000-000000000000`,
    );
    const leaf = (leafIndex: number, event: object) => ({
      leafIndex,
      leaf: JSON.stringify({ event }),
    });
    const requested = (requestId = '', legalBasis = '') => {
      const body = JSON.stringify({ requestId, principals: [], legalBasis });
      return { type: 'erasure_requested', eventId: 'e', body };
    };
    const rows = [
      leaf(0, requested(asked, 'GDPR')),
      leaf(1, { type: 'erasure_refused', eventId: `${asked}/erasure_refused` }),
      leaf(2, requested(other, `once more, after ${asked}`)),
      leaf(3, {
        type: 'redaction_done',
        eventId: `${other}/redaction_done`,
        body: `{"note":"${asked}"}`,
      }),
    ];
    const app = await createServer(madeApi(fakeStore(rows)));
    const url = `/v1/erasures/${asked}`;
    const answer = await app.inject({ url, headers: as(keys.privacy) });
    expect(answer.json()).toMatchObject({
      state: 'refused',
      leaves: [{ leafIndex: 0 }, { leafIndex: 1 }],
    });
    const none = await createServer(madeApi(fakeStore(rows.slice(2))));
    expect((await none.inject({ url, headers: as(keys.privacy) })).statusCode).toBe(404);
  });
});

describe('a request that cannot be taken', () => {
  it('tells its mistakes by name, and only to who may ask', async () => {
    const { post, events } = await serve();
    const misspelt = await post('/v1/holds', { matter: 'case-17', subjcet: 'ben' });
    expect(misspelt.statusCode).toBe(400);
    expect(misspelt.json<{ message: string }>().message).toContain('subjcet');
    expect((await post('/v1/holds', {}, keys.auditor)).statusCode).toBe(403);
    expect(events()).toEqual([]);
  });

  it('is to be tried again where the log does not take it', async () => {
    const api = madeApi(fakeStore());
    const append = () => Promise.reject(new Error('away'));
    const app = await createServer({ ...api, log: { ...api.log, append } });
    const payload = { matter: 'case-17' };
    const answer = await app.inject({
      method: 'POST',
      url: '/v1/holds',
      payload,
      headers: as(keys.privacy),
    });
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBeDefined();
  });
});

describe('a hold', () => {
  it('is placed on a person or on everybody, and released by its matter', async () => {
    const { api, post, events } = await serve();
    await post('/v1/holds', { matter: 'case-17', subject: 'ben' });
    await post('/v1/holds', { matter: 'case-18' });
    await post('/v1/holds/release', { matter: 'case-17' });
    expect(events().map(({ type, body }) => [type, JSON.parse(body) as unknown])).toEqual([
      ['hold_placed', { matter: 'case-17', principals: principalIdsOf(api.keys, 'acme', 'ben') }],
      ['hold_placed', { matter: 'case-18', principals: [] }],
      ['hold_released', { matter: 'case-17' }],
    ]);
  });
});

const POLICY = `
retention:
  classes: [{ id: all, basis: own, header: { ceiling: 1y }, payload: { ceiling: 30d } }]
  default: [all]
`;

describe('a retention policy', () => {
  it('is declared as an event of the key’s tenant, and run by another', async () => {
    const { post, events } = await serve();
    expect((await post('/v1/retention', { document: POLICY })).statusCode).toBe(202);
    const asked = await post('/v1/retention/runs', {});
    const [declared, run] = events();
    expect(declared).toMatchObject({ tenant: 'acme', type: 'retention_declared' });
    expect(parseRetentionBody(declared?.body ?? '').default).toEqual(['all']);
    expect(run).toMatchObject({ tenant: 'acme', type: 'retention_requested', actor: 'privacy' });
    const { requestId } = asked.json<{ requestId: string }>();
    expect(JSON.parse(run?.body ?? '')).toEqual({ runId: requestId });
  });

  it('that contradicts itself is refused with code and place, and that is none as such', async () => {
    const { post, events } = await serve();
    const document = POLICY.replace('30d', '2y');
    const refused = await post('/v1/retention', { document });
    expect(refused.statusCode).toBe(422);
    expect(refused.json()).toMatchObject({
      code: 'RETENTION_CONTRADICTS',
      message: expect.stringContaining('retention.classes[0].payload.ceiling') as string,
    });
    for (const bad of ['', 'x: [', 'retention: {}', 'x'.repeat(70_000)]) {
      expect((await post('/v1/retention', { document: bad })).statusCode).toBe(400);
    }
    expect((await post('/v1/retention', { document: POLICY }, keys.auditor)).statusCode).toBe(403);
    expect(events()).toEqual([]);
  });
});
