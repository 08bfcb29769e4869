import { describe, expect, it } from 'vitest';
import { appendLeafHashes, emptyRange, rootOf } from '../../../../integrity/compact-range.ts';
import { leafHash } from '../../../../integrity/merkle.ts';
import { auditLeaves } from '../../../../ledger/audit/audit-leaves.ts';
import type { AuditedStore } from '../../../../ledger/audit/audited-store.ts';
import { AuditDraft } from '../../../../ledger/audit/findings.ts';
import type { TrustedHead } from '../../../../ledger/audit/log-audit.ts';
import { metaCallId, metaLogId } from '../../../../ledger/read-checkpoint.ts';

const LEAVES = 500;
const texts = Array.from({ length: LEAVES }, (_, at) => `head ${at}\n\n`);
const rows = texts.map((leaf, index) => ({
  index,
  tenant: '',
  seq: index,
  callId: metaCallId(Buffer.from(leaf)),
  revision: 0,
  appendTimeUs: 0,
  leaf,
  hash: Buffer.from(leafHash(Buffer.from(leaf))).toString('hex'),
}));
const store = {
  leafEnd: async () => LEAVES,
  nodes: async () => [],
  rows: async () => [],
  leaves: async (_log: string, from: number, to: number) => rows.slice(from, to),
} as unknown as AuditedStore;

function headsOf(wrong?: number): readonly TrustedHead[] {
  let tree = emptyRange;
  return rows.map(({ hash }, at) => {
    tree = appendLeafHashes(tree, [Buffer.from(hash, 'hex')]);
    const root = at === wrong ? 'ab'.repeat(32) : Buffer.from(rootOf(tree)).toString('hex');
    return { size: at + 1, root };
  });
}

async function audited(heads: readonly TrustedHead[]) {
  const draft = new AuditDraft();
  await auditLeaves({ store, draft, logId: metaLogId, heads, redacted: new Set() });
  const others = draft.report().findings.filter(({ code }) => code !== 'NODE_MISSING');
  return others.map(({ code, at }) => `${code} ${at}`);
}

describe('an audit of a log with a head for every leaf', () => {
  it('holds each head against the tree of its size', async () => {
    expect(await audited(headsOf())).toEqual([]);
    expect(await audited(headsOf(123))).toEqual(['HEAD_ROOT_DIFFERS 124']);
    const few = headsOf(123).filter(({ size }) => size % 62 === 0);
    expect(await audited(few)).toEqual(['HEAD_ROOT_DIFFERS 124']);
  });

  it('looks at each head some times, not once for every leaf', async () => {
    let looks = 0;
    const counted = new Proxy(headsOf(), {
      get: (heads, name, self) => {
        looks += 1;
        return Reflect.get(heads, name, self) as unknown;
      },
    });
    expect(await audited(counted)).toEqual([]);
    expect(looks).toBeLessThan(20 * LEAVES);
  });
});
