import { describe, expect, it } from 'vitest';
import { emptyRange } from '../../../integrity/compact-range.ts';
import { insertBatch } from '../../../ledger/insert-batch.ts';
import { createLedgerMetrics } from '../../../ledger/metrics.ts';
import { newBlocks } from '../../../ledger/rows.ts';
import type { SealedBatch } from '../../../ledger/seal.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';

const LOG = 'records/p0/e0';
const HASH = 'ab'.repeat(32);

/** A batch of two leaves: one value is kept, and two are of a trace that was erased after they were written. */
function repeatedBatch(): SealedBatch {
  const blocks = newBlocks();
  const id = 'cd'.repeat(16);
  const kept = ['arguments', 'text/plain', 'x', 1, Buffer.alloc(32), 0] as const;
  blocks.payloads.add(['acme', LOG, 0, id, 0, 1, ...kept]);
  for (const at of [0, 1]) blocks.leaves.add([LOG, at, 'acme', at, id, at, 1, '{}', HASH]);
  const fields = ['arguments', 'result'].map((name) => ({ name, commitment: 'c' }));
  return {
    intent: { logId: LOG, first: 0, count: 2, from: 0, to: 2, version: 2, digest: HASH },
    blocks,
    leafHashes: [],
    nodes: [],
    tree: emptyRange,
    streams: new Map(),
    counted: [],
    deadLetters: [],
    erased: [{ tenant: 'acme', record: { recordId: 'r', fields } }],
    appendTimeMs: 1,
  };
}

/** Repeats the batch on a store that holds so many of its rows; gives the tables that were written. */
async function repeatOn(held: { readonly payloads: number; readonly leaves: number }) {
  const written: string[] = [];
  const store = {
    query: async ({ sql }: { readonly sql: string }) => [
      { rows: sql.includes('payloads') ? held.payloads : held.leaves },
    ],
    insertRows: async ({ name }: { readonly name: string }) => void written.push(name),
  } as unknown as RecordStore;
  const { signal } = new AbortController();
  const metrics = createLedgerMetrics();
  const parts = { store, metrics, retryFirstMs: 1, retryMsMax: 1, signal };
  await insertBatch(parts, repeatedBatch(), true);
  return written;
}

describe('a batch that is repeated after a crash', () => {
  it('takes values whose keys were destroyed meanwhile for what they are: rows that the eraser will delete', async () => {
    expect(await repeatOn({ payloads: 3, leaves: 0 })).toEqual(['leaves']);
    expect(await repeatOn({ payloads: 1, leaves: 2 })).toEqual([]);
    expect(await repeatOn({ payloads: 0, leaves: 0 })).toEqual(['payloads', 'leaves']);
  });

  it('is not added to a store that holds more rows than were ever made of it', async () => {
    for (const held of [
      { payloads: 4, leaves: 0 },
      { payloads: 3, leaves: 3 },
    ]) {
      await expect(repeatOn(held)).rejects.toThrow('LEDGER_ROWS_DOUBLED');
    }
  });
});
