import { describe, expect, it } from 'vitest';
import { appendLeafHashes, emptyRange, rootOf } from '../../../integrity/compact-range.ts';
import { leafHash } from '../../../integrity/merkle.ts';
import { createLedgerMetrics } from '../../../ledger/metrics.ts';
import { HeadSigner } from '../../../ledger/sign-heads.ts';
import type { Signer } from '../../../ledger/signer.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { StoreError } from '../../../record-store/errors.ts';
import { topics } from '../../../schemas/topics.ts';
import { memoryEventLog } from '../../support/memory-event-log.ts';

const LOG = 'records/p0/e0';
const hashes = ['a', 'b', 'c'].map((leaf) => leafHash(Buffer.from(leaf)));
const tree = appendLeafHashes(emptyRange, hashes);
const node = (index: number) => ({ level: 8, index, hash: hashes[0] ?? new Uint8Array(32) });

/** A signer that signed this tree, and a store of which a test says how far it is published and what an insert does. */
function signedBefore(published: number, insert: (table: string) => void = () => undefined) {
  const log = memoryEventLog();
  const rows = new Map<string, number>();
  const store = {
    query: async () => [{ size: published }],
    insertRows: async (table: { readonly name: string }, bytes: Uint8Array) => {
      insert(table.name);
      rows.set(table.name, (rows.get(table.name) ?? 0) + bytes.length);
      await Promise.resolve();
    },
  } as unknown as RecordStore;
  const latest = { size: 3, root: rootOf(tree), note: 'signed' };
  const signer = { latest: async () => latest } as unknown as Signer;
  const parts = { log, store, signer, metrics: createLedgerMetrics(), everyMs: 1 };
  const heads = new HeadSigner({ ...parts, onMetaSigned: () => undefined });
  heads.noteSealed({ logId: LOG, tree, nodes: [], fence: 1 });
  const told = (): readonly string[] =>
    log.messages(topics.checkpoints).map(({ value }) => String(value));
  return { heads, told, rows };
}

describe('a head that was signed before a crash', () => {
  it('is published at the next start, once, though its log does not grow', async () => {
    const { heads, told, rows } = signedBefore(0);
    await heads.round();
    await heads.round();
    expect(told()).toEqual(['signed']);
    expect(rows.get('checkpoints')).toBeGreaterThan(0);
  });

  it('is published by a later round where the store was away in the first', async () => {
    let failures = 1;
    const { heads, rows } = signedBefore(2, () => {
      failures -= 1;
      if (failures >= 0) throw new StoreError('STORE_UNREACHABLE', 'injected');
    });
    await heads.round();
    expect(rows.has('checkpoints')).toBe(false);
    await heads.round();
    expect(rows.get('checkpoints')).toBeGreaterThan(0);
  });

  it('is not published again where it is', async () => {
    const { heads, told } = signedBefore(3);
    await heads.round();
    expect(told()).toEqual([]);
  });
});

describe('nodes', () => {
  it('are written once, though more are sealed while they are written', async () => {
    const added = (): void =>
      heads.noteSealed({ logId: LOG, tree, nodes: more.splice(0, 1), fence: 1 });
    const more = [node(1)];
    const { heads, rows } = signedBefore(3, (table) => {
      if (table === 'nodes') added();
    });
    heads.noteSealed({ logId: LOG, tree, nodes: [node(0)], fence: 1 });
    await heads.round();
    const one = rows.get('nodes') ?? 0;
    await heads.round();
    await heads.round();
    expect(rows.get('nodes')).toBe(2 * one);
  });
});
