import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumBuckets } from '../../../query-api/reconciliation/buckets.ts';
import { createDirectory } from '../../../query-api/directory.ts';
import { foldCharges, totalCharges } from '../../../query-api/queries/fold-charges.ts';
import { readRecords } from '../../../query-api/queries/records.ts';
import type { Statement } from '../../../query-api/queries/statement.ts';
import { currentRows } from '../../../query-api/queries/supersede.ts';
import { microsOfTime, timeOfMicros } from '../../../query-api/time-text.ts';
import { traceTree } from '../../../query-api/trace-tree.ts';
import type { Grade } from '../../../schemas/record-types.ts';
import type { LogMessage } from '../../../event-log/event-log.ts';
import { callIdOf, MIDNIGHT_MS, recordOf } from './made-records.ts';

describe('times', () => {
  it('are read to the microsecond and written back the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9_000_000_000_000_000 }), (us) => {
        expect(microsOfTime(timeOfMicros(us))).toBe(us);
      }),
    );
    // By hand: 2026-11-21 is 20,778 days after 1970-01-01.
    expect(microsOfTime('2026-11-21T01:00:00.000001+01:00')).toBe(20_778 * 86_400_000_000 + 1);
  });

  it('need a zone, and are nothing but times', () => {
    for (const text of ['2026-11-21', '2026-11-21T01:00:00', '2026-13-21T01:00:00Z', 'now', '']) {
      expect(microsOfTime(text)).toBeUndefined();
    }
  });
});

describe('supersession', () => {
  it('gives no cursor that leads back to where it came from', async () => {
    const row = { callId: 'ff', timeUs: 1, revision: 0, sign: 1 };
    const query = <Row>({ params }: Statement): Promise<readonly Row[]> =>
      Promise.resolve(Array.from({ length: Number(params['rowsMax']) }, () => row as Row));
    const range = { fromUs: 0, toUs: 2 };
    const asked = {
      tenant: 'acme',
      range,
      given: [],
      position: {},
      after: { timeUs: 2, callId: '00' },
    };
    await expect(readRecords({ query }, asked, 1)).rejects.toMatchObject({
      code: 'QUERY_TOO_LARGE',
    });
  });

  it('leaves of each call the revision that nothing takes back', () => {
    const row = (callId: string, revision: number, sign: number) => ({ callId, revision, sign });
    expect(
      currentRows([
        row('a', 1, 1),
        row('a', 0, 1),
        row('a', 0, -1),
        row('b', 0, 1),
        row('c', 0, -1),
      ]),
    ).toEqual([row('a', 1, 1), row('b', 0, 1)]);
  });
});

describe('charges', () => {
  const row = (d0: string, currency: string, amountNano: string | null, quantity: string) => ({
    d0,
    currency,
    unit: 'Tokens',
    amountNano,
    charges: '1',
    quantities: quantity,
    unpriced: amountNano === null ? quantity : '0',
  });
  const rows = [
    row('payments', 'USD', '9007199254740993', '10'),
    row('payments', 'EUR', '5', '1'),
    row('payments', '', null, '7'),
    row('', 'USD', '2', '3'),
  ];

  it('keep currencies apart, stay exact beyond 2^53, and show what has no price beside the amounts', () => {
    expect(foldCharges(rows, [{ name: 'team', expression: 'team' }])).toEqual([
      {
        group: { team: 'payments' },
        amounts: [
          { currency: 'USD', amountNano: '9007199254740993' },
          { currency: 'EUR', amountNano: '5' },
        ],
        quantities: [{ unit: 'Tokens', quantity: '18', unpriced: '7' }],
        charges: '3',
      },
      {
        group: { team: null },
        amounts: [{ currency: 'USD', amountNano: '2' }],
        quantities: [{ unit: 'Tokens', quantity: '3', unpriced: '0' }],
        charges: '1',
      },
    ]);
    expect(totalCharges(rows).amounts[0]).toEqual({
      currency: 'USD',
      amountNano: '9007199254740995',
    });
  });
});

describe('a trace as a tree', () => {
  it('shows one user once, by the weakest grade that any record has', () => {
    const by = (own: number, userGrade: Grade) =>
      recordOf({ callId: callIdOf(MIDNIGHT_MS, own) }, { user: 'p_1', userGrade });
    const records = [by(1, 'gateway'), by(2, 'inferred'), by(3, 'verified')];
    const { users } = traceTree('t', records, false);
    expect(users).toMatchObject([{ user: 'p_1', grade: 'inferred' }]);
    expect(users[0]?.children).toHaveLength(3);
  });

  it('names an agent as filters take it, and tells two of one name apart by their services', () => {
    const link = { kind: 'agent', id: 'a/b', version: null, grade: 'declared' } as const;
    const by = (own: number, name: string | null) =>
      recordOf(
        {
          callId: callIdOf(MIDNIGHT_MS, own),
          chain: [{ ...link, name, inherited: false, evidence: [] }],
        },
        { user: 'p_1', spanId: String(own).repeat(16) },
      );
    const { users } = traceTree(
      't',
      [by(1, 'x/a/b'), by(2, 'y/a/b'), by(3, null), by(4, 'x/a/b')],
      false,
    );
    expect(users[0]?.children).toMatchObject([
      { kind: 'agent', agent: 'a/b', service: 'x', children: [{}, {}] },
      { kind: 'agent', agent: 'a/b', service: 'y', children: [{}] },
      { kind: 'agent', agent: 'a/b', service: null, children: [{}] },
    ]);
  });

  it('never shows a call under another user than its own', () => {
    const parent = recordOf(
      { callId: callIdOf(MIDNIGHT_MS, 1) },
      { user: 'p_1', spanId: '1'.repeat(16) },
    );
    const child = recordOf(
      { callId: callIdOf(MIDNIGHT_MS, 2) },
      { user: 'p_2', spanId: '2'.repeat(16), parentSpanId: '1'.repeat(16) },
    );
    const { users } = traceTree('t', [parent, child], false);
    expect(users.map(({ user }) => user)).toEqual(['p_1', 'p_2']);
  });

  it('ends although spans claim to be each other’s parents', () => {
    const one = recordOf(
      { callId: callIdOf(MIDNIGHT_MS, 1) },
      { spanId: '1'.repeat(16), parentSpanId: '2'.repeat(16) },
    );
    const two = recordOf(
      { callId: callIdOf(MIDNIGHT_MS, 2) },
      { spanId: '2'.repeat(16), parentSpanId: '1'.repeat(16) },
    );
    const tree = traceTree('t', [one, two], false);
    expect(JSON.stringify(tree).match(/"kind":"record"/g)).toHaveLength(2);
  });
});

describe('accounts', () => {
  it('are balanced only when the buckets sum to what was accepted', () => {
    const count = (bucket: string, spans: number) => ({ producer: 'p', bucket, spans });
    expect(
      sumBuckets([count('accepted', 5), count('hop', 2), count('hop', 1), count('open', 2)]),
    ).toEqual([
      { producer: 'p', accepted: 5, buckets: { hop: 3, open: 2 }, sum: 5, balanced: true },
    ]);
    expect(sumBuckets([count('accepted', 5), count('hop', 4)])[0]?.balanced).toBe(false);
  });
});

describe('the directory', () => {
  it('shows the last name, forgets at a tombstone, and stops at its limit', async () => {
    const message = (offset: number, key: string, value: string | null): LogMessage => ({
      topic: 'waybill.directory.v1',
      partition: 0,
      offset,
      key,
      headers: {},
      appendTimeMs: 0,
      value: value === null ? null : Buffer.from(value),
    });
    const batches = [
      [message(0, 't/a', 'Ana'), message(1, 't/b', 'Bo'), message(2, 't/c', 'Cy')],
      [message(7, 't/a', 'Anna'), message(8, 't/b', null)],
    ];
    const ending = new AbortController();
    const offsets: number[] = [];
    const read = ({ offset }: { offset: number }) => {
      offsets.push(offset);
      const batch = batches.shift();
      if (!batch) ending.abort();
      return Promise.resolve(batch ?? []);
    };
    const directory = createDirectory({ read }, (_t, _p, value) => Buffer.from(value).toString(), {
      directoryEntriesMax: 2,
    });
    await directory.follow(ending.signal);
    expect(offsets).toEqual([0, 3, 9]);
    expect(directory.nameOf('t', 'a')).toBe('Anna');
    expect(directory.nameOf('t', 'b')).toBeUndefined();
    expect(directory.nameOf('t', 'c')).toBeUndefined();
    expect(directory.nameOf('u', 'a')).toBeUndefined();
  });
});
