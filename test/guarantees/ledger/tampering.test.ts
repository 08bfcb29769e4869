import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { auditStore } from '../../../ledger/audit/audit-store.ts';
import type { AuditReport, FindingCode } from '../../../ledger/audit/findings.ts';
import { registryLogId } from '../../../ledger/read-control.ts';
import { readLeaf } from '../../../schemas/leaf-record.ts';
import { payloadsTable, tables } from '../../../schemas/tables.ts';
import type { MemoryStore } from '../../support/memory-store.ts';
import type { SealedMemory } from '../../support/sealed-memory.ts';
import { sealInMemory } from '../../support/sealed-memory.ts';

const sealed = await sealInMemory(7, 300);

/** An audit of a copy that was changed. */
async function auditOf(
  change: (rows: Map<string, string[][]>) => void,
  options: { readonly policy?: string; readonly heldHeads?: readonly string[] } = {},
): Promise<AuditReport> {
  const { store, policy } = sealed;
  const kept = new Map(
    [...store.rowsOf].map(([name, rows]) => [name, rows.map((row) => [...row])]),
  );
  try {
    change(store.rowsOf);
    return await auditStore({ store, policy, heldHeads: [], ...options });
  } finally {
    for (const [name, rows] of kept) store.rowsOf.set(name, rows);
  }
}

function rowsOf(rows: Map<string, string[][]>, table: string): string[][] {
  const found = rows.get(table);
  if (!found) throw new Error(`there is no table ${table}`);
  return found;
}

function codesOf({ findings }: AuditReport): readonly FindingCode[] {
  return [...new Set(findings.map(({ code }) => code))];
}

/** Another value of the same kind. */
function other(text: string): string {
  if (/^[0-9a-f]{16,}$/.test(text))
    return text.startsWith('0') ? `1${text.slice(1)}` : `0${text.slice(1)}`;
  if (/^-?\d+$/.test(text)) return String(BigInt(text) + 1n);
  if (text.startsWith('[')) return text === '[]' ? '["x"]' : '[]';
  return text === '\\N' ? '5' : `x${text}`;
}

describe('an audit of a store', () => {
  it('that nobody changed finds nothing', async () => {
    const report = await auditOf(() => undefined, { heldHeads: sealed.notes });
    expect(report.findings).toEqual([]);
    expect(report.leaves).toBeGreaterThan(600);
    expect(report.rows).toBeGreaterThan(2_000);
  });

  it('finds every column of every table that is changed, and names it', async () => {
    let columns = 0;
    for (const table of tables) {
      for (const [at, { name }] of table.columns.entries()) {
        for (const share of [0, 0.6]) {
          columns += 1;
          const report = await auditOf((rows) => {
            const own = rowsOf(rows, table.name);
            const row = own[Math.floor(own.length * share)];
            if (row) row[at] = other(row[at] ?? '');
          });
          expect(report.found, `${table.name}.${name}`).toBeGreaterThan(0);
          const told = report.findings.map(({ code, detail }) => `${code} ${detail}`).join('\n');
          expect(told, `${table.name}.${name}`).toMatch(named(table.name, name));
        }
      }
    }
    expect(columns).toBeGreaterThan(250);
  });

  it.each(tables.map(({ name }) => name))(
    'finds a row of %s that was dropped, doubled or put in',
    async (table) => {
      const dropped = await auditOf((rows) => void rowsOf(rows, table).splice(1, 1));
      expect(dropped.found).toBeGreaterThan(0);
      expect(codesOf(dropped).join()).toMatch(/MISSING|STREAM_BROKEN/);
      if (table === 'nodes' || table === 'checkpoints') return;
      const doubled = await auditOf((rows) => {
        const [row] = rowsOf(rows, table);
        rowsOf(rows, table).push([...(row ?? [])]);
      });
      expect(codesOf(doubled).join()).toMatch(/DOUBLED|UNEXPECTED/);
    },
  );

  it('finds leaves that changed places, and ones that were cut off at the end', async () => {
    const swapped = await auditOf((rows) => {
      const [a, b] = [rowsOf(rows, 'leaves')[4], rowsOf(rows, 'leaves')[6]];
      if (a && b) [a[1], b[1]] = [b[1] ?? '', a[1] ?? ''];
    });
    expect(codesOf(swapped)).toContain('HEAD_ROOT_DIFFERS');
    expect(swapped.findings).toContainEqual({
      code: 'LEAF_COLUMN_DIFFERS',
      logId: 'records/p0/e0',
      at: 5,
      detail: 'leaf_index',
    });
    const cut = await auditOf((rows) => {
      rows.set(
        'leaves',
        rowsOf(rows, 'leaves').filter((row) => row[0] !== 'records/p1/e0' || Number(row[1]) < 290),
      );
    });
    expect(cut.findings.filter(({ code }) => code === 'LEAF_MISSING').map(({ at }) => at)).toEqual(
      Array.from({ length: 10 }, (_, at) => 290 + at),
    );
  });

  it('finds a forged leaf whose hash and columns were made to agree with it', async () => {
    const forged = await auditOf((rows) => {
      const row = rowsOf(rows, 'leaves').find(
        ([log, index]) => log === 'records/p0/e0' && index === '3',
      );
      if (!row) throw new Error('leaf 3 was expected');
      row[7] = (row[7] ?? '').replace('"method":"tools/call"', '"method":"tools/list"');
      row[8] = createHash('sha256').update('\0').update(row[7]).digest('hex');
    });
    const codes = ['HEAD_ROOT_DIFFERS', 'NODE_DIFFERS', 'ROW_DIFFERS', 'STREAM_BROKEN'];
    expect(codesOf(forged).toSorted()).toEqual(codes);
  });

  it('finds a head by a stranger’s key, a forked one, and one that is gone', async () => {
    const { notes, policy } = await sealInMemory(8, 300);
    const swap = await auditOf((rows) => {
      const row = rowsOf(rows, 'checkpoints')[0];
      if (row) row[3] = (row[3] ?? '').replace(/^— .*$/m, `— stranger ${'A'.repeat(92)}`);
    });
    expect(codesOf(swap)).toContain('HEAD_UNSIGNED');
    // The same keys signed another history of the same sizes.
    const forked = await auditOf(() => undefined, { heldHeads: notes });
    expect(codesOf(forked)).toContain('HEAD_FORKED');
    const stranger = policy.replace(/(\+[0-9a-f]{8}\+)/, '$1');
    expect((await auditOf(() => undefined, { policy: stranger })).found).toBe(0);
    const gone = await auditOf((rows) => void rowsOf(rows, 'checkpoints').splice(0, 1));
    expect(codesOf(gone)).toEqual(['HEAD_MISSING']);
  });

  it('finds a store that was set back as a whole, by a head that was kept elsewhere', async () => {
    const earlier = await auditOf((rows) => setBack(rows), { heldHeads: sealed.notes });
    expect(codesOf(earlier)).toEqual(expect.arrayContaining(['HEAD_MISSING', 'LEAF_MISSING']));
  });

  it('believes no redaction that is not under a signed head', async () => {
    const column = (name: string): number =>
      payloadsTable.columns.findIndex((one) => one.name === name);
    const [field, logId, index] = [column('field'), column('log_id'), column('leaf_index')];
    const report = await auditOf((rows) => {
      const payloads = rowsOf(rows, 'payloads');
      const at = payloads.findIndex((row) => /^[^$]/.test(row[field] ?? ''));
      const [gone = []] = payloads.splice(at, 1);
      const leaves = rowsOf(rows, 'leaves');
      const own = leaves.find((row) => row[0] === gone[logId] && row[1] === gone[index]);
      const { tenant = '', payload = [] } = readLeaf(own?.[7] ?? '').record ?? {};
      const fields = payload.filter(({ name }) => name === gone[field]);
      const body = JSON.stringify({ targets: [{ fields }] });
      const event = { type: 'redaction', body, bodyDigest: '' };
      const last = leaves.findLast((row) => row[0] === registryLogId) ?? [];
      const forged = last.with(1, String(Number(last[1]) + 1));
      leaves.push(forged.with(7, JSON.stringify({ tenant, event })));
    });
    expect(codesOf(report)).toContain('PAYLOAD_MISSING');
  });

  it('believes nothing under another policy, and refuses one that is none', async () => {
    const keys = sealed.policy.split('\n').filter((line) => line.startsWith('log '));
    const fewer = `${keys.slice(1).join('\n')}\nquorum none\n`;
    expect((await auditOf(() => undefined, { policy: fewer })).found).toBeGreaterThan(0);
    await expect(auditOf(() => undefined, { policy: 'what' })).rejects.toThrow(/POLICY_MALFORMED/);
  });

  it('raises no false alarm in 1,000 seeded runs', async () => {
    for (let seed = 0; seed < 1_000; seed += 1) {
      const clean: SealedMemory = await sealInMemory(seed, 3 + (seed % 4));
      const { store, policy, notes } = clean;
      const report = await auditStore({ store, policy, heldHeads: notes });
      expect(report.findings, `seed ${seed}`).toEqual([]);
    }
  }, 300_000);

  it('is of the same root when the log is sealed again from its beginning', async () => {
    const again = await sealInMemory(7, 300);
    expect(again.notes).toEqual(sealed.notes);
  });
});

/** What a finding must name for a column: the column itself, unless it decides which row it is or is itself the evidence. */
function named(table: string, column: string): RegExp {
  if (table === 'leaves') {
    if (column === 'leaf') return /LEAF_HASH_DIFFERS/;
    if (column === 'leaf_hash') return /LEAF_HASH_DIFFERS/;
    if (column === 'log_id' || column === 'leaf_index') return /LEAF_MISSING|leaf_index/;
    return new RegExp(`LEAF_COLUMN_DIFFERS ${column}`);
  }
  if (table === 'nodes') return /NODE_|nodes/;
  if (table === 'checkpoints') return /HEAD_|checkpoints/;
  if (
    column === 'log_id' ||
    column === 'leaf_index' ||
    (table === 'registry' && column === 'version')
  ) {
    return new RegExp(`(ROW|PAYLOAD)_(MISSING|UNEXPECTED)[^]*${table}|${table}`);
  }
  if (table === 'payloads' && ['field', 'value', 'salt', 'tenant'].includes(column)) {
    return /PAYLOAD_DIFFERS|PAYLOAD_MISSING|payloads/;
  }
  return new RegExp(
    `ROW_DIFFERS ${table}: .*${column}|payloads: ${column}|ROW_UNEXPECTED payloads|ROW_MISSING`,
  );
}

/** The store as it was at its first signed heads. */
function setBack(rows: MemoryStore['rowsOf']): void {
  for (const [name, all] of rows) {
    const column =
      tables
        .find((table) => table.name === name)
        ?.columns.findIndex((one) => one.name === 'leaf_index') ?? -1;
    const sizes = new Map([
      ['records/p0/e0', 100],
      ['records/p1/e0', 100],
      ['registry/p0/e0', 1],
      ['reads/p0/e0', 1],
      ['meta/e0', 5],
    ]);
    const log =
      tables
        .find((table) => table.name === name)
        ?.columns.findIndex((one) => one.name === 'log_id') ?? -1;
    const before = (row: string[]): boolean => {
      const size = sizes.get(row[log] ?? '') ?? 0;
      if (name === 'checkpoints') return Number(row[1]) <= size;
      if (name === 'registry') return Number(row[1]) < 2;
      if (name === 'nodes') return false;
      return Number(row[column]) < size;
    };
    rows.set(name, all.filter(before));
  }
}
