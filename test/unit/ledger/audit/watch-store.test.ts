import { describe, expect, it } from 'vitest';
import { leafHash } from '../../../../integrity/merkle.ts';
import { auditRows } from '../../../../ledger/audit/audit-rows.ts';
import { readAudited } from '../../../../ledger/audit/audit-leaves.ts';
import type { AuditedStore } from '../../../../ledger/audit/audited-store.ts';
import { AuditDraft } from '../../../../ledger/audit/findings.ts';
import { ANNEX_FIELD } from '../../../../ledger/leaf.ts';
import { commitmentOf } from '../../../../key-store/trace-secrets.ts';
import { payloadsTable } from '../../../../schemas/tables.ts';
import { readRedacted } from '../../../../ledger/audit/read-redacted.ts';
import { watchCounts } from '../../../../ledger/audit/watch-store.ts';

const LOG = 'records/p0/e0';

async function counted(n: number, end: number, size: number): Promise<readonly string[]> {
  const rows = n === 0 ? [] : [{ logId: LOG, n, end }];
  const draft = new AuditDraft();
  const store = { query: async <Row>() => Promise.resolve(rows as unknown as readonly Row[]) };
  await watchCounts(store, draft, new Map([[LOG, { size, root: 'ab'.repeat(32) }]]));
  return draft.report().findings.map((one) => JSON.stringify(one));
}

const rowOf = (leaf: string) => ({
  index: 3,
  tenant: 't',
  seq: 3,
  callId: '',
  revision: 0,
  appendTimeUs: 0,
  leaf,
  hash: Buffer.from(leafHash(Buffer.from(leaf))).toString('hex'),
});

describe('the counts of leaves', () => {
  it('show a part that was dropped at the end, and a log that is gone as a whole', async () => {
    expect(await counted(10, 10, 10)).toEqual([]);
    expect(await counted(10, 10, 7)).toEqual([]);
    expect((await counted(7, 7, 10)).join('')).toContain('LEAF_MISSING');
    expect((await counted(0, 0, 10)).join('')).toContain('LEAF_MISSING');
    expect((await counted(11, 10, 10)).join('')).toContain('LEAF_DOUBLED');
  });

  it('tell the same of a log that grows on, so that it is told once', async () => {
    const before = await counted(98, 100, 100);
    expect(before).toHaveLength(1);
    expect(await counted(148, 150, 149)).toEqual(before);
  });
});

describe('a leaf that was altered', () => {
  const header = { v: 2, log: LOG, index: 3, tenant: 't', topic: 'x', partition: 0, offset: 3 };

  it('so that its annex is no leaf is a finding, and throws nothing', async () => {
    const value = Buffer.from('{"v":2}');
    const commit = commitmentOf(Buffer.alloc(0), ANNEX_FIELD, value);
    const facts = { facts: {}, callId: 'c', revision: 0, annex: { bytes: 7, commit } };
    const leaf = readAudited(rowOf(JSON.stringify({ ...header, seq: 3, ...facts })));
    const given: Readonly<Record<string, string>> = {
      leaf_index: '3',
      field: ANNEX_FIELD,
      salt: '',
      value: value.toString('base64'),
    };
    const annex = payloadsTable.columns.map(({ name }) => given[name] ?? '');
    const rows = async (table: string) => Promise.resolve(table === 'payloads' ? [annex] : []);
    const store = { rows } as unknown as AuditedStore;
    const draft = new AuditDraft();
    const audit = { store, draft, logId: LOG, heads: [], redacted: new Set<string>() };
    await auditRows(audit, leaf ? [leaf] : [], { from: 0, to: 256 });
    expect(draft.report().findings).toMatchObject([{ code: 'LEAF_UNREADABLE', at: 3 }]);
  });

  it('to a broken redaction takes nothing away', async () => {
    const leaves = [rowOf('{"type":"redaction"'), rowOf('{"x":{"type":"redaction"}}')];
    const store = {
      leaves: async () => Promise.resolve(leaves),
    } as unknown as AuditedStore;
    expect([...(await readRedacted(store, 4))]).toEqual([]);
  });
});
