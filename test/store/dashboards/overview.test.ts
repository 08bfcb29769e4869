import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { overviewQueries, tenantsSql } from '../../../dashboards/overview-queries.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import type { AuditRecord, Charge, Facts } from '../../../schemas/record-types.ts';
import { chargesTable, recordsTable, registryTable } from '../../../schemas/tables.ts';
import { expandMacros } from '../../support/expand-macros.ts';
import { sampleRecord } from '../../support/sealed-sample.ts';
import type { TestStore } from '../../support/test-store.ts';
import { chargeRow, recordRow, startTestStore } from '../../support/test-store.ts';

const startMs = Date.UTC(2026, 10, 20, 12);
const range = {
  fromMs: startMs,
  toMs: startMs + 3_600_000,
  intervalMs: 600_000,
  variables: { tenant: 'acme' },
};

type Row = Readonly<Record<string, unknown>>;
type Name = keyof typeof overviewQueries;

let store: TestStore;
let dashboard: RecordStore;

beforeAll(async () => {
  store = await startTestStore();
  dashboard = await store.as('dashboard');
  await load(store);
});

afterAll(async () => store.stop());

const dollars = (nano: number): Charge => ({
  meter: 'tool_call',
  quantity: 1,
  unit: 'Requests',
  sku: 'files/read',
  priceId: 'p',
  currency: 'USD',
  amountNano: nano,
  source: 'computed',
});
const unpriced: Charge = {
  ...dollars(0),
  meter: 'input_tokens',
  unit: 'Tokens',
  quantity: 700,
  sku: 'unheard-of',
  priceId: null,
  currency: null,
  amountNano: null,
  source: 'unpriced',
};

/**
 * By hand, in the window of tenant acme: calls 1–6 (minutes 0, 10, … 50) on files/read, of team payments, at 0.25 dollars each; call 3 denied and
 * without a charge; call 4 a tool error; call 5 without a user. Call 6 is revised: it was search/find of team search for 9 dollars, and proves to be
 * files/read of payments for 0.25. One inference of 700 unpriced tokens; one call a day earlier; one call of another tenant.
 */
async function load(target: TestStore): Promise<void> {
  const at = (minute: number) => (startMs + minute * 60_000) * 1000;
  const call = (number: number, facts: Partial<Facts> = {}, changes: Partial<AuditRecord> = {}) =>
    sampleRecord(number, changes, {
      timeUs: at((number - 1) * 10),
      server: 'files',
      tool: 'read',
      team: 'payments',
      ...facts,
    });
  const six = call(6, { server: 'search', tool: 'find', team: 'search' });
  const sixAgain = call(6, {}, { revision: 1, recordId: `${six.callId}.1` });
  const inference = call(7, { timeUs: at(5), server: null, tool: null }, { kind: 'inference' });
  const plus = [
    { record: call(1), charge: dollars(250_000_000) },
    { record: call(2), charge: dollars(250_000_000) },
    { record: call(3, { outcome: 'denied', deniedBy: 'policy' }), charge: undefined },
    { record: call(4, { outcome: 'tool_error' }), charge: dollars(250_000_000) },
    {
      record: call(5, { user: null, grade: 'unknown', missing: ['user'] }),
      charge: dollars(250_000_000),
    },
    { record: six, charge: dollars(9_000_000_000) },
    { record: inference, charge: unpriced },
    { record: call(8, { timeUs: at(-24 * 60) }), charge: dollars(5_000_000_000) },
    { record: call(9, { timeUs: at(1) }, { tenant: 'other' }), charge: dollars(7_000_000_000) },
  ].map((entry, leafIndex) => ({ ...entry, leafIndex, sign: 1 as const }));
  const revision = [
    { record: six, charge: dollars(9_000_000_000), leafIndex: 9, sign: -1 as const },
    { record: sixAgain, charge: dollars(250_000_000), leafIndex: 9, sign: 1 as const },
  ];
  const all = [...plus, ...revision];
  await target.insert(recordsTable, all.map(recordRow), 'records');
  const charged = all.flatMap((entry) => (entry.charge ? [chargeRow(entry, entry.charge)] : []));
  await target.insert(chargesTable, charged, 'charges');
  const server = (version: number, name: string, status = 'active', tenant = 'acme') =>
    [tenant, version, at(0), 'server', name, name, 'payments', '', status, '{}'] as const;
  await target.insert(
    registryTable,
    [
      server(3, 'forgotten'),
      server(8, 'files'),
      server(8, 'search'),
      server(8, 'idle'),
      server(8, 'gone', 'decommissioned'),
      server(9, 'foreign', 'active', 'other'),
    ],
    'registry',
  );
}

async function ask(name: Name): Promise<readonly Row[]> {
  return dashboard.query<Row>({ sql: expandMacros(overviewQueries[name].sql, range) });
}

describe('the overview dashboard on the real engine, as its read-only user', () => {
  it.each(Object.keys(overviewQueries) as Name[])('answers %s', async (name) => {
    const rows = await ask(name);
    expect(rows.length).toBeGreaterThan(0);
    if (overviewQueries[name].shape === 'table') return;
    const columns = await dashboard.query<{ name: string; type: string }>({
      sql: `DESCRIBE TABLE (${expandMacros(overviewQueries[name].sql, range)})`,
    });
    expect(columns[0]).toMatchObject({ name: 'bucket', type: expect.stringMatching(/^DateTime/) });
    expect(columns.at(-1)?.type).toMatch(/Int64|Float64/);
    const times = rows.map((row) => String(row['bucket']));
    expect(times).toEqual(times.toSorted());
  });

  it('offers the tenants that have records', async () => {
    expect(await dashboard.query<Row>({ sql: tenantsSql })).toEqual([
      { tenant: 'acme' },
      { tenant: 'other' },
    ]);
  });

  it('counts the calls of the window once, revised or not', async () => {
    expect(await ask('calls')).toEqual([{ calls: 6 }]);
    expect(await ask('unattributed')).toEqual([{ calls: 1 }]);
    expect(await ask('denied')).toEqual([{ calls: 1 }]);
    expect(await ask('outcomes')).toEqual([
      { outcome: 'success', calls: 4 },
      { outcome: 'denied', calls: 1 },
      { outcome: 'tool_error', calls: 1 },
    ]);
    expect(await ask('grades')).toEqual([
      { grade: 'declared', calls: 5 },
      { grade: 'unknown', calls: 1 },
    ]);
    const series = await ask('outcomesOverTime');
    expect(series.reduce((sum, row) => sum + Number(row['calls']), 0)).toBe(6);
    expect(new Set(series.map((row) => row['bucket'])).size).toBe(6);
  });

  it('shows a revised call where it belongs now, and not where it was', async () => {
    expect(await ask('topTools')).toEqual([
      { server: 'files', tool: 'read', calls: 6, failed: 1, denied: 1 },
    ]);
  });

  it('sums the cost by team to what it is by hand: five calls at 25 cents', async () => {
    expect(await ask('costByTeam')).toEqual([
      { team_name: 'payments', currency: 'USD', cost: 1.25 },
    ]);
    const series = await ask('costOverTime');
    expect(series.reduce((sum, row) => sum + Number(row['cost']), 0)).toBe(1.25);
  });

  it('shows what has no price apart from what costs nothing', async () => {
    expect(await ask('unpriced')).toEqual([
      { sku: 'unheard-of', meter: 'input_tokens', unit: 'Tokens', used: 700 },
    ]);
  });

  it('names the servers of the latest registry that no current call used', async () => {
    expect((await ask('serversWithoutCalls')).map((row) => row['server'])).toEqual([
      'idle',
      'search',
    ]);
  });

  it('says unknown, not zero, for the age of the newest record of a tenant without any', async () => {
    const sql = expandMacros(overviewQueries.newestRecordAge.sql, {
      ...range,
      variables: { tenant: "no'body" },
    });
    expect(await dashboard.query<Row>({ sql })).toEqual([{ seconds: null }]);
  });

  it('is refused what a dashboard has no business with', async () => {
    for (const table of ['payloads', 'leaves']) {
      const sql = `SELECT * FROM waybill.${table} LIMIT 1`;
      await expect(dashboard.query({ sql })).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    }
  });
});
