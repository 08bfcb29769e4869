import { describe, expect, it, vi } from 'vitest';
import { askedRedactor, redactAsked } from '../../../query-api/trail/redact-asked.ts';
import { createServer } from '../../../query-api/server.ts';
import { builtInPolicy } from '../../../redaction/policy/policy.ts';
import type { OwnDetector } from '../../../redaction/policy/policy.ts';
import { ringOf } from '../../../registry/key-ring.ts';
import { as, fakeStore, keys, madeApi, MASTER_KEY } from './made-api.ts';

const ring = ringOf(MASTER_KEY);
const employee: OwnDetector = {
  id: 'employee',
  class: 'national_id',
  pattern: 'EMP-[0-9]{6}',
  ignoreCase: false,
  context: ['employee'],
  validator: 'none',
};
const policies = {
  inForce: () => ({
    redactor: askedRedactor(ring, 'acme', { ...builtInPolicy, detectors: [employee] }),
    version: '4',
  }),
};

async function ask(url: string, over: Parameters<typeof madeApi>[1] = {}) {
  const api = madeApi(fakeStore(), { policies, ...over });
  const app = await createServer(api);
  const response = await app.inject({ url, headers: as(keys.auditor) });
  await app.close();
  return { api, response };
}

describe('what somebody asked', () => {
  it("is kept without what only the tenant's detector knows, though no word of its context stands beside it", async () => {
    const { api, response } = await ask('/v1/records?agent=EMP-123456&server=crm');
    expect(response.statusCode).toBe(200);
    expect(api.reads[0]?.parameters).toMatchObject({
      agent: [expect.stringMatching(/^\[NATIONAL_ID:k1:[0-9a-f]{24}\]$/)],
      server: ['crm'],
    });
  });

  it('is kept so for a conversation too, also for one that is not there', async () => {
    const { api, response } = await ask('/v1/conversations/EMP-123456%20ana@example.com');
    expect(response.statusCode).toBe(404);
    expect(JSON.stringify(api.reads)).toContain('"conversationId":"[NATIONAL_ID:k1:');
    expect(JSON.stringify(api.reads)).not.toMatch(/EMP-123456|ana@example/);
    expect(response.body).not.toMatch(/EMP-123456|ana@example/);
  });

  it('leaves ids of calls, traces and people as they are', () => {
    const ids = ['ca0a7e00000000000000000000004242', `p_${'a1'.repeat(16)}`];
    expect(redactAsked(policies, 'acme', { ids, limit: 5 })).toEqual({ ids, limit: 5 });
  });

  it('is dropped where the policy cannot be carried out', () => {
    const broken = {
      inForce: () => {
        throw new Error('no key');
      },
    };
    expect(redactAsked(broken, 'acme', { agent: ['x'] })).toEqual({
      agent: ['[DROPPED:engine_failure]'],
    });
  });

  it.each([
    ['too long', 'ana%40example.com%20'.repeat(40)],
    ['no path', '%zz-ana@example.com'],
    ['no id', 'ana%40example.com'],
  ])('stands in no answer to a path that is %s', async (_, id) => {
    for (const route of ['records', 'traces', 'conversations', 'nowhere']) {
      const { response } = await ask(`/v1/${route}/${id}`);
      expect(response.statusCode).toBeGreaterThanOrEqual(400);
      expect(response.body).not.toMatch(/ana(?:@|%40)example/);
      expect(response.json()).toHaveProperty('remedy');
    }
  });

  it('stands in no log line and no answer when the store quotes it in an error', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const store = { query: () => Promise.reject(new Error('cannot parse ana@example.com')) };
    const { response } = await ask('/v1/records?agent=ana%40example.com', { store });
    expect(response.statusCode).toBe(500);
    expect(said.mock.calls.flat().join()).toMatch(/a defect: unforeseen Error/);
    expect(response.body + JSON.stringify(said.mock.calls)).not.toContain('ana@example.com');
    said.mockRestore();
  });
});
