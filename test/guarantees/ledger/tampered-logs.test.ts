import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import { seedSigner } from '../../../integrity/signer-key.ts';
import { formatVerifierKey } from '../../../integrity/verifier-key.ts';
import { auditInUse } from '../../../ledger/audit/audit-in-use.ts';
import { auditStore } from '../../../ledger/audit/audit-store.ts';
import { tables } from '../../../schemas/tables.ts';
import type { SealedMemory } from '../../support/sealed-memory.ts';
import { sealInMemory } from '../../support/sealed-memory.ts';

type Rows = Map<string, string[][]>;

/** `<code> <log> <detail>` of what an audit finds in a store that was changed. */
async function found(
  change: (rows: Rows) => void,
  { sealed = whole, policy = sealed.policy, heldHeads = [] }: Asked = {},
): Promise<readonly string[]> {
  const { store } = sealed;
  const kept = new Map(
    [...store.rowsOf].map(([name, rows]) => [name, rows.map((row) => [...row])]),
  );
  try {
    change(store.rowsOf);
    const { findings } = await auditStore({ store, policy, heldHeads });
    return findings.map(({ code, logId, detail }) => `${code} ${logId} ${detail}`.trim());
  } finally {
    for (const [name, rows] of kept) store.rowsOf.set(name, rows);
  }
}

type Asked = {
  readonly sealed?: SealedMemory;
  readonly policy?: string;
  readonly heldHeads?: readonly string[];
};

const whole = await sealInMemory(11, 300);

function of(rows: Rows, table: string): string[][] {
  return rows.get(table) ?? [];
}

function column(table: string, name: string): number {
  const columns = tables.find((one) => one.name === table)?.columns ?? [];
  return columns.findIndex((one) => one.name === name);
}

describe('an audit of logs that were tampered with', () => {
  it.each(tables.map(({ name }) => name))(
    'names two rows of %s that took each other’s contents',
    async (table) => {
      const places = new Set(['log_id', 'leaf_index', 'version', 'size', 'level', 'node_index']);
      const columns = tables.find((one) => one.name === table)?.columns ?? [];
      const partOf = (row: readonly string[], isPlace: boolean): string =>
        row.filter((_, at) => places.has(columns[at]?.name ?? '') === isPlace).join(' ');
      const told = await found((rows) => {
        const [a = [], ...others] = of(rows, table);
        const b = others.find((row) =>
          [true, false].every((isPlace) => partOf(row, isPlace) !== partOf(a, isPlace)),
        );
        if (!b) throw new Error(`two rows of ${table} were expected`);
        for (const [at, { name }] of columns.entries()) {
          if (!places.has(name)) [a[at], b[at]] = [b[at] ?? '', a[at] ?? ''];
        }
      });
      expect(told.length).toBeGreaterThan(1);
      expect(told.join('\n')).toMatch(/DIFFERS|FORKED|UNEXPECTED|MISSING/);
    },
  );

  it.each(['records', 'charges', 'payloads', 'reads', 'leaves'])(
    'names a row of %s that somebody made up behind the end of its log',
    async (table) => {
      const told = await found((rows) => {
        const own = of(rows, table);
        const made = [...(own[0] ?? [])];
        made[column(table, 'leaf_index')] = '100000';
        own.push(made);
      });
      expect(told.join('\n')).toMatch(/ROW_UNEXPECTED|LEAF_MISSING/);
    },
  );

  it('names a policy whose leaf was altered and made to agree with itself', async () => {
    const told = await found((rows) => {
      const row = of(rows, 'leaves').find((one) => one[0] === 'meta/e0' && one[1] === '0');
      if (!row) throw new Error('a policy was expected');
      row[7] = (row[7] ?? '').replace('log ', 'log  ');
      row[8] = createHash('sha256').update('\0').update(row[7]).digest('hex');
    });
    expect(told.some((one) => one.startsWith('HEAD_ROOT_DIFFERS meta/e0'))).toBe(true);
  });

  it('believes no head of a log for which the policy has another key', async () => {
    const origin = 'waybill-test/log/records/p0/e0';
    const stranger = formatVerifierKey(seedSigner(origin, 'ed25519', Buffer.alloc(32, 9)).key);
    const policy = whole.policy
      .split('\n')
      .map((line) => (line.startsWith(`log ${origin}+`) ? `log ${stranger}` : line))
      .join('\n');
    const told = await found(() => undefined, { policy });
    const unsigned = told.filter((one) => one.startsWith('HEAD_UNSIGNED records/p0/e0'));
    // Three in the store, three in the meta log.
    expect(unsigned).toHaveLength(6);
    expect(told.every((one) => !one.includes('p1'))).toBe(true);
  });

  it('names a store into which a second sealer wrote another batch of the same size', async () => {
    const other = await sealInMemory(12, 300);
    const told = await found((rows) => {
      for (const [name, all] of rows) {
        const log = column(name, 'log_id');
        const foreign = of(other.store.rowsOf, name).filter((row) => row[log] === 'records/p1/e0');
        rows.set(name, [...all.filter((row) => row[log] !== 'records/p1/e0'), ...foreign]);
      }
    });
    expect(told.some((one) => one.startsWith('HEAD_FORKED records/p1/e0'))).toBe(true);
    expect(told.every((one) => !one.includes('records/p0'))).toBe(true);
  });
});

describe('an audit of a store in use', () => {
  const { store, policy } = whole;
  const options = { store, policy, heldHeads: [] };
  const heads = (): string[][] => of(store.rowsOf, 'checkpoints');
  /** Takes the newest head of a log out of the store, and gives what puts it back. */
  function without(logId: string): () => void {
    const row = heads().find((one) => one[0] === logId && one[1] === '300') ?? [];
    store.rowsOf.set(
      'checkpoints',
      heads().filter((one) => one !== row),
    );
    return () => void heads().push(row);
  }

  it('tells nothing of heads that are on their way, the first time or the second', async () => {
    let back = without('records/p0/e0');
    const settle = async (): Promise<void> => {
      back();
      back = without('records/p1/e0');
      return Promise.resolve();
    };
    const report = await auditInUse(options, settle);
    back();
    expect(report).toMatchObject({ findings: [], found: 0 });
  });

  it('tells what is still there: a head that is gone, a row that no leaf came for', async () => {
    const back = without('records/p0/e0');
    const made = [...(of(store.rowsOf, 'records')[0] ?? [])];
    made[column('records', 'leaf_index')] = '300';
    of(store.rowsOf, 'records').push(made);
    const { findings } = await auditInUse(options, async () => Promise.resolve());
    of(store.rowsOf, 'records').pop();
    back();
    expect(findings.map(({ code }) => code).toSorted()).toEqual(['HEAD_MISSING', 'ROW_UNEXPECTED']);
  });

  it('does not wait where nothing is found', async () => {
    const settle = async (): Promise<void> => Promise.reject(new Error('it waited'));
    expect((await auditInUse(options, settle)).found).toBe(0);
  });
});

describe('a clock that goes back, jumps or stands still', () => {
  it.each([
    [
      'goes back by a month at every record',
      (at: number) => 1_790_000_000_000 - at * 2_592_000_000,
    ],
    ['jumps to and fro', (at: number) => 1_790_000_000_000 + (at % 2 === 0 ? 1 : -1) * 86_400_000],
    ['stands still', () => 1_790_000_000_000],
    ['is at its beginning', () => 0],
  ])('raises no alarm where it %s', async (_, clock) => {
    const sealed = await sealInMemory(5, 40, { clock });
    expect(await found(() => undefined, { sealed, heldHeads: sealed.notes })).toEqual([]);
  });

  it('hides nothing: a leaf that was set back is found by its order and its hash', async () => {
    const told = await found((rows) => {
      const time = column('leaves', 'append_time');
      const row = of(rows, 'leaves').find((one) => one[0] === 'records/p0/e0' && one[1] === '7');
      if (row) row[time] = String(BigInt(row[time] ?? '0') - 86_400_000_000n);
    });
    expect(told).toEqual(['LEAF_COLUMN_DIFFERS records/p0/e0 append_time']);
  });
});

describe('a partition count that was changed', () => {
  it('is refused by the log that was born with another', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'waybill-partitions-'));
    await (await openEmbeddedLog({ folder, partitions: 2 })).close();
    await expect(openEmbeddedLog({ folder, partitions: 3 })).rejects.toMatchObject({
      code: 'EVENT_LOG_PARTITIONS_DIFFER',
    });
    await rm(folder, { recursive: true });
  });

  it('is named where a store has a log that the policy knows nothing of', async () => {
    const three = await sealInMemory(11, 60, { partitions: 3 });
    const two = await sealInMemory(11, 60);
    const told = await found(() => undefined, { sealed: three, policy: two.policy });
    expect(told.some((one) => one.startsWith('HEAD_UNSIGNED records/p2/e0'))).toBe(true);
    expect(told.some((one) => /^ROW_UNEXPECTED .*leaves: 60 of no known leaf/.test(one))).toBe(
      true,
    );
    expect(told.every((one) => !/records\/p[01]/.test(one))).toBe(true);
  });

  it('is named where a log is gone, rows, leaves, heads and all', async () => {
    const told = await found((rows) => {
      for (const [name, all] of rows) {
        const log = column(name, 'log_id');
        rows.set(
          name,
          all.filter((row) => row[log] !== 'records/p1/e0'),
        );
      }
    });
    expect(told.filter((one) => one === 'HEAD_MISSING records/p1/e0')).toHaveLength(3);
    expect(told.filter((one) => one === 'LEAF_MISSING records/p1/e0')).toHaveLength(300);
  });
});
