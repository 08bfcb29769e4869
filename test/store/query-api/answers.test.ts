import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limitReader } from '../../../query-api/limited-reader.ts';
import { createServer } from '../../../query-api/server.ts';
import { principalId } from '../../../redaction/principal.ts';
import { tenantKey } from '../../../registry/tenant-keys.ts';
import type { ConversationAnswer } from '../../../cli/answers.ts';
import type { AuditRecord, Facts } from '../../../schemas/record-types.ts';
import { as, keys, madeApi, MASTER_KEY } from '../../unit/query-api/made-api.ts';
import {
  callIdOf,
  chargeOf,
  MIDNIGHT_MS,
  recordOf,
  revisionOf,
} from '../../unit/query-api/made-records.ts';
import type { PlantedStore } from './planted-store.ts';
import { startPlantedStore } from './planted-store.ts';

type Summary = { callId: string; revision: number; user: string; server: string; tool: string };
type Page = { records: Summary[]; nextCursor: string | null; asOf: string };

let planted: PlantedStore;
let app: FastifyInstance;

const people = ['ana', 'bo', 'cy', 'dee'];
const ids = Object.fromEntries(
  ['acme', 'umbra'].flatMap((tenant) =>
    people.map((name) => [
      `${tenant}/${name}`,
      principalId(tenantKey(MASTER_KEY, tenant, 'principal'), name),
    ]),
  ),
);
const idOf = (tenant: string, name: string): string => ids[`${tenant}/${name}`] ?? '';

/** Calls of one tenant: 24 hours, times that coincide, every tenth revised, half of those with another user. */
function madeCalls(tenant: string, count: number): AuditRecord[] {
  return Array.from({ length: count }, (_, n) => {
    // Three calls at each moment, so that the order cannot rest on time alone.
    const ms = MIDNIGHT_MS + Math.floor(n / 3) * 120_000;
    const record = recordOf(
      { tenant, callId: callIdOf(ms, n + 1) },
      {
        timeUs: ms * 1000 + 7,
        user: idOf(tenant, people[n % 4] ?? ''),
        server: n % 3 === 0 ? 'files' : 'crm',
        tool: n % 2 === 0 ? 'read' : 'write',
        team: n % 5 === 0 ? null : 'payments',
        outcome: n % 7 === 0 ? 'tool_error' : 'success',
        flags: madeFlags(n),
        traceId: n.toString(16).padStart(32, '0'),
      },
    );
    const charges =
      n % 4 === 0
        ? [chargeOf({ amountNano: null, priceId: null, currency: null, source: 'unpriced' })]
        : [chargeOf(), chargeOf({ meter: 'input_tokens', unit: 'Tokens', quantity: 1000 + n })];
    return { ...record, charges };
  });
}

/** Every sixth was wanted by somebody; of every eighth no MCP side was seen. */
function madeFlags(n: number): readonly string[] {
  return [
    ...(n % 6 === 0 ? ['user_turn_seen'] : []),
    ...(n % 12 === 0 ? ['approval_seen'] : []),
    ...(n % 8 === 0 ? ['no_mcp_seen'] : []),
  ];
}

const calls = madeCalls('acme', 600);
const revised = calls
  .filter((_, n) => n % 10 === 9)
  .map((record, at) =>
    revisionOf(
      record,
      at % 2 === 0 ? { user: idOf('acme', 'dee'), server: 'files' } : { outcome: 'denied' },
    ),
  );
const foreign = madeCalls('umbra', 200);

/** What is current, by a count of our own: the last revision of each call. */
function current(records: readonly AuditRecord[]): AuditRecord[] {
  const last = new Map<string, AuditRecord>();
  for (const record of records) last.set(record.callId, record);
  return [...last.values()].sort(
    (a, b) => b.facts.timeUs - a.facts.timeUs || (a.callId < b.callId ? 1 : -1),
  );
}

async function get<T>(url: string, key: string = keys.auditor, status = 200): Promise<T> {
  const response = await app.inject({ url, headers: as(key) });
  expect(response.statusCode, response.body).toBe(status);
  return response.json<T>();
}

async function pages(url: string, between?: () => Promise<void>): Promise<Summary[]> {
  const found: Summary[] = [];
  let cursor: string | null = null;
  do {
    const next: Page = await get<Page>(cursor ? `${url}&cursor=${cursor}` : url);
    found.push(...next.records);
    cursor = next.nextCursor;
    await between?.();
  } while (cursor);
  return found;
}

beforeAll(async () => {
  planted = await startPlantedStore();
  await planted.plant('records/p0/e0', calls.slice(0, 300));
  await planted.plant('records/p1/e0', [...foreign, ...calls.slice(300)]);
  // Revisions stand in the log of their call.
  await planted.plant(
    'records/p0/e0',
    revised.filter(({ callId }) => isIn(calls.slice(0, 300), callId)),
  );
  await planted.plant(
    'records/p1/e0',
    revised.filter(({ callId }) => isIn(calls.slice(300), callId)),
  );
  const limits = { querySecondsMax: 10, queriesMax: 4, queriesWaitingMax: 100 };
  app = await createServer(madeApi(limitReader(planted.store, limits)));
});

afterAll(async () => {
  await app?.close();
  await planted?.stop();
});

function isIn(records: readonly AuditRecord[], callId: string): boolean {
  return records.some((record) => record.callId === callId);
}

const all = [...calls, ...revised];

describe('a list of records', () => {
  it('gives every current record once, newest first, over all its pages', async () => {
    const found = await pages('/v1/records?limit=37');
    expect(found.map(({ callId, revision }) => `${callId}.${revision}`)).toEqual(
      current(all).map(({ recordId }) => recordId),
    );
  });

  it('filters after supersession: who a revision replaced finds nothing of it', async () => {
    const found = await pages('/v1/records?limit=50&user=Bo');
    const expected = current(all).filter(({ facts }) => facts.user === idOf('acme', 'bo'));
    expect(found.map(({ callId }) => callId)).toEqual(expected.map(({ callId }) => callId));
    const before = calls.filter(({ facts }) => facts.user === idOf('acme', 'bo'));
    expect(found.length).toBeLessThan(before.length);
  });

  it('matches any of several values, within a window, and what is not known', async () => {
    const from = new Date(MIDNIGHT_MS + 3_600_000).toISOString();
    const to = new Date(MIDNIGHT_MS + 7_200_000).toISOString();
    const found = await pages(
      `/v1/records?limit=9&team=&outcome=success&outcome=denied&from=${from}&to=${to}`,
    );
    const expected = current(all).filter(
      ({ facts }) =>
        facts.team === null &&
        ['success', 'denied'].includes(facts.outcome) &&
        facts.timeUs >= (MIDNIGHT_MS + 3_600_000) * 1000 &&
        facts.timeUs < (MIDNIGHT_MS + 7_200_000) * 1000,
    );
    expect(expected.length).toBeGreaterThan(0);
    expect(found.map(({ callId }) => callId)).toEqual(expected.map(({ callId }) => callId));
  });

  it.each([
    ['wanted', ['user_turn_seen', 'approval_seen'], true],
    ['mcp', ['no_mcp_seen'], false],
  ] as const)(
    'tells by %s the calls that have it from those that have not',
    async (name, of, isSeen) => {
      for (const asked of ['seen', 'not_seen']) {
        const found = await pages(`/v1/records?limit=200&${name}=${asked}`);
        const expected = current(all).filter(({ facts }) => {
          const has = facts.flags.some((flag) => of.some((each) => each === flag));
          return (has === isSeen) === (asked === 'seen');
        });
        expect(found.map(({ callId }) => callId)).toEqual(expected.map(({ callId }) => callId));
        expect(expected.length).toBeGreaterThan(0);
      }
    },
  );

  it('gives no row twice and skips none while records and revisions are sealed between its pages', async () => {
    const tenant = 'acme';
    const before = current(all).map(({ recordId }) => recordId);
    let n = 0;
    const found = await pages('/v1/records?limit=100', async () => {
      // A new call inside the window, and a revision of one that no page has shown yet.
      const ms = MIDNIGHT_MS + 1000 + n;
      const oldest = calls[n];
      const late = recordOf({ tenant, callId: callIdOf(ms, 5000 + n) }, { timeUs: ms * 1000 });
      n += 1;
      if (oldest)
        await planted.plant('records/p2/e0', [late, revisionOf(oldest, { tool: 'late' })]);
    });
    expect(n).toBeGreaterThan(4);
    expect(found.map(({ callId, revision }) => `${callId}.${revision}`)).toEqual(before);
    const now = await get<Page>('/v1/records?limit=1000&tool=late');
    expect(now.records).toHaveLength(n);
  });
});

describe('totals', () => {
  it('counts exactly what a recount of the current records gives', async () => {
    const { asOf } = await get<Page>('/v1/records?limit=1');
    const answer = await get<{
      counts: { group: Record<string, string | null>; records: number }[];
      total: number;
    }>(`/v1/counts?by=server,outcome&asOf=${asOf}&tool=read&tool=write`);
    const expected = new Map<string, number>();
    const shown = await get<Page>(`/v1/records?limit=1000&asOf=${asOf}&tool=read&tool=write`);
    for (const record of shown.records as (Summary & { outcome: string })[]) {
      const key = `${record.server} ${record.outcome}`;
      expected.set(key, (expected.get(key) ?? 0) + 1);
    }
    const found = answer.counts.map(({ group, records }) => [
      `${group['server']} ${group['outcome']}`,
      records,
    ]);
    expect(new Map(found as [string, number][])).toEqual(expected);
    expect(answer.total).toBe(shown.records.length);
  });

  it('counts by the hour and by the day in UTC', async () => {
    const { counts } = await get<{ counts: { group: { hour: string; day: string } }[] }>(
      '/v1/counts?by=hour,day',
    );
    expect(counts.map(({ group }) => group)).toContainEqual({
      hour: '2026-11-21T01:00:00Z',
      day: '2026-11-21',
    });
  });

  it('sums charges so that the rows are the total, and keeps what has no price out of the amounts', async () => {
    type Totals = {
      amounts: { currency: string; amountNano: string }[];
      quantities: { unit: string; quantity: string; unpriced: string }[];
      charges: string;
    };
    const answer = await get<{
      charges: (Totals & { group: { team: string | null } })[];
      total: Totals;
    }>('/v1/charges?by=team,user&tool=read&tool=write');
    const charges = current(all).flatMap((record) =>
      record.charges.map((charge) => ({ ...charge, tool: record.facts.tool })),
    );
    // Revisions that a test above sealed changed their tool to `late`: those are not asked for.
    const { total } = await get<{ total: Totals }>('/v1/charges?by=tool&tool=late');
    const nano = charges.reduce((sum, { amountNano }) => sum + BigInt(amountNano ?? 0), 0n);
    const late = BigInt(total.amounts[0]?.amountNano ?? 0);
    expect(answer.total.amounts).toEqual([{ currency: 'USD', amountNano: String(nano - late) }]);
    const rows = answer.charges.flatMap(({ amounts }) => amounts);
    expect(rows.reduce((sum, { amountNano }) => sum + BigInt(amountNano), 0n)).toBe(nano - late);
    const unpriced = charges.filter(({ amountNano }) => amountNano === null).length;
    const lateUnpriced = Number(total.quantities.find((q) => q.unit === 'Requests')?.unpriced ?? 0);
    expect(answer.total.quantities.find(({ unit }) => unit === 'Requests')?.unpriced).toBe(
      String(unpriced - lateUnpriced),
    );
  });
});

describe('one record', () => {
  it('shows its current revision, all revisions, and what was current at an earlier position', async () => {
    const first = recordOf(
      { callId: callIdOf(MIDNIGHT_MS + 5, 9001) },
      { timeUs: (MIDNIGHT_MS + 5) * 1000, user: idOf('acme', 'ana') },
    );
    const value = Buffer.from('{"path":"/tmp"}');
    const payload = {
      name: 'arguments',
      mediaType: 'application/json',
      value,
      encoding: 'identity',
      keyId: null,
      bytes: 15,
      digest: 'cd'.repeat(32),
      truncated: false,
    };
    await planted.plant('records/p3/e0', [{ ...first, payload: [payload] }]);
    const { asOf } = await get<Page>('/v1/records?limit=1');
    await planted.plant('records/p3/e0', [revisionOf(first, { user: idOf('acme', 'cy') })]);
    type Detail = {
      record: AuditRecord;
      revisions: { revision: number; current: boolean }[];
      payload: { field: string; value: string }[];
    };
    const now = await get<Detail>(`/v1/records/${first.callId}`);
    expect(now.record.facts.user).toBe(idOf('acme', 'cy'));
    expect(now.revisions.map(({ revision, current: is }) => [revision, is])).toEqual([
      [1, true],
      [0, false],
    ]);
    expect(now.payload).toMatchObject([{ field: 'arguments', value: '{"path":"/tmp"}' }]);
    const then = await get<Detail>(`/v1/records/${first.callId}?asOf=${asOf}`);
    expect(then.record.facts.user).toBe(idOf('acme', 'ana'));
    expect(then.revisions).toHaveLength(1);
    const finops = await get<Detail>(`/v1/records/${first.callId}`, keys.finops);
    expect(finops.payload).toEqual([]);
  });

  it('shows a call that proved to be another one with the revision that says so, and lists it no more', async () => {
    const over = { callId: callIdOf(MIDNIGHT_MS + 6, 9200) };
    const first = recordOf(over, { timeUs: (MIDNIGHT_MS + 6) * 1000, tool: 'merged' });
    const mergedInto = calls[0]?.callId ?? null;
    await planted.plant('records/p3/e0', [first, { ...revisionOf(first, {}), mergedInto }]);
    const detail = await get<{ record: AuditRecord; revisions: { current: boolean }[] }>(
      `/v1/records/${first.callId}`,
    );
    expect(detail.record.mergedInto).toBe(mergedInto);
    expect(detail.revisions.map(({ current: is }) => is)).toEqual([false, false]);
    expect((await get<Page>('/v1/records?tool=merged')).records).toEqual([]);
  });

  it('puts a trace together as a tree of users, agents and calls', async () => {
    const link = { name: null, version: null, inherited: false, evidence: [] };
    const agent = { ...link, kind: 'agent', id: 'planner', grade: 'declared' } as const;
    const facts = { traceId: 'f'.repeat(32), user: idOf('acme', 'ana'), tool: 'delegate' };
    const parent = recordOf(
      { callId: callIdOf(MIDNIGHT_MS, 9100), chain: [agent] },
      { ...facts, spanId: '1'.repeat(16) },
    );
    const child = recordOf(
      { callId: callIdOf(MIDNIGHT_MS, 9101), chain: [agent, { ...agent, id: 'worker' }] },
      { ...facts, tool: 'read', spanId: '2'.repeat(16), parentSpanId: '1'.repeat(16) },
    );
    await planted.plant('records/p3/e0', [child, parent]);
    const tree = await get<{ users: unknown[]; records: number }>(`/v1/traces/${'f'.repeat(32)}`);
    expect(tree.records).toBe(2);
    expect(tree.users).toMatchObject([
      {
        user: idOf('acme', 'ana'),
        children: [
          {
            agent: 'planner',
            children: [
              {
                record: { tool: 'delegate' },
                children: [{ agent: 'worker', children: [{ record: { tool: 'read' } }] }],
              },
            ],
          },
        ],
      },
    ]);
  });
});

describe('a conversation', () => {
  const conversation = 'thread 7/ä';
  const at = (own: number, facts: Partial<Facts>, over: Partial<AuditRecord> = {}) =>
    recordOf(
      { ...over, callId: callIdOf(MIDNIGHT_MS, own) },
      { conversation, startTimeUs: MIDNIGHT_MS * 1000 + own, ...facts },
    );
  const model = { kind: 'inference' } as const;

  it('is told as a story in order, with what was asked for, decided and used', async () => {
    const asks = at(9201, { promptDigest: 'ab'.repeat(32), toolCallsAsked: ['t1', 't2'] }, model);
    const evidence = {
      key: 'policy.rule',
      spanId: null,
      traceId: null,
      producer: null,
      trust: 'gateway',
    } as const;
    const decision = {
      kind: 'policy',
      verdict: 'allowed',
      said: 'allow',
      by: null,
      rule: 'r7',
      ruleVersion: null,
      requestedUs: null,
      decidedUs: null,
      waitedUs: null,
      evidence,
    } as const;
    const called = at(9202, { toolCallId: 't1', tool: 'read' }, { decisions: [decision] });
    const unused = at(9203, { toolCallId: 't2', tool: 'write' });
    const uses = at(9204, { toolCallsUsed: ['t1'] }, model);
    const later = at(9205, { toolCallsUsed: ['t1'] }, model);
    const foreign = at(9206, { conversation: 'thread 8' });
    await planted.plant('records/p2/e0', [later, called, asks, foreign, uses, unused]);
    const story = await get<ConversationAnswer>(
      `/v1/conversations/${encodeURIComponent(conversation)}`,
    );
    expect(story).toMatchObject({ conversation, truncated: false });
    expect(
      story.steps.map(({ record, askedBy, usedBy }) => [record.callId, askedBy, usedBy]),
    ).toEqual([
      [asks.callId, null, null],
      [called.callId, asks.callId, uses.callId],
      [unused.callId, asks.callId, null],
      [uses.callId, null, null],
      [later.callId, null, null],
    ]);
    expect(story.steps[0]?.promptDigest).toBe('ab'.repeat(32));
    expect(story.steps[1]?.decisions).toEqual([
      { kind: 'policy', verdict: 'allowed', rule: 'r7', by: null },
    ]);
  });

  it('of another tenant is not found', async () => {
    await get(`/v1/conversations/${encodeURIComponent(conversation)}`, keys.otherAuditor, 404);
  });
});

describe('another tenant', () => {
  const other = keys.otherAuditor;

  it('sees its own records only, whatever it filters by', async () => {
    const tenants = new Set<string>();
    for (const filter of ['', `&user=${idOf('acme', 'ana')}`, '&server=files', '&user=ana']) {
      const page = await get<Page>(`/v1/records?limit=1000${filter}`, other);
      for (const { callId, user } of page.records) {
        expect(
          foreign.some((record) => record.callId === callId && record.facts.user === user),
        ).toBe(true);
        tenants.add(user);
      }
    }
    expect(tenants.size).toBe(4);
    const counts = await get<{ total: number }>('/v1/counts?by=server', other);
    expect(counts.total).toBe(foreign.length);
    const byUser = await get<{ total: number }>(
      `/v1/counts?by=day&user=${idOf('acme', 'bo')}`,
      other,
    );
    expect(byUser.total).toBe(0);
    const charges = await get<{ total: { charges: string } }>('/v1/charges?by=meter', other);
    const own = foreign.reduce((sum, record) => sum + record.charges.length, 0);
    expect(charges.total.charges).toBe(String(own));
  });

  it('finds neither record nor trace by another tenant’s id', async () => {
    const mine = calls.at(-1);
    await get(`/v1/records/${mine?.callId}`, other, 404);
    await get(`/v1/traces/${mine?.facts.traceId}`, other, 404);
  });

  it('cannot use another tenant’s cursor or position', async () => {
    const page = await get<Page>('/v1/records?limit=10');
    const { code } = await get<{ code: string }>(
      `/v1/records?limit=10&cursor=${page.nextCursor}`,
      other,
      400,
    );
    expect(code).toBe('CURSOR_INVALID');
    for (const path of [
      'records',
      'counts?by=server',
      'charges?by=team',
      `records/${calls[0]?.callId}`,
    ]) {
      const mark = path.includes('?') ? '&' : '?';
      await get(`/v1/${path}${mark}asOf=${page.asOf}`, other, 400);
    }
  });
});
