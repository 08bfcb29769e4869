import { describe, expect, it } from 'vitest';
import { EventLogError } from '../../../event-log/errors.ts';
import { appendLeafHashes, emptyRange, rootOf } from '../../../integrity/compact-range.ts';
import { leafHash } from '../../../integrity/merkle.ts';
import { createLedgerMetrics } from '../../../ledger/metrics.ts';
import { HeadSigner } from '../../../ledger/sign-heads.ts';
import type { Signer } from '../../../signer/signer.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { StoreError } from '../../../record-store/errors.ts';
import { topics } from '../../../schemas/topics.ts';
import { memoryEventLog } from '../../support/memory-event-log.ts';

const LOG = 'records/p0/e0';
const hashes = ['a', 'b', 'c'].map((leaf) => leafHash(Buffer.from(leaf)));
const tree = appendLeafHashes(emptyRange, hashes);
const isReplaced = async (): Promise<boolean> => Promise.resolve(false);
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
  const parts = { log, store, signer, metrics: createLedgerMetrics(), everyMs: 1, logIds: [LOG] };
  const heads = new HeadSigner({ ...parts, onMetaSigned: () => undefined });
  heads.noteSealed({ logId: LOG, tree, nodes: [], fence: 1, isReplaced });
  const told = (): readonly string[] =>
    log.messages(topics.checkpoints).map(({ value }) => String(value));
  return { heads, told, rows, log };
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

  it('is published by a later round where the log was away in the first, and ends nothing', async () => {
    const { heads, told, log } = signedBefore(0);
    const append = log.append.bind(log);
    log.append = async () => {
      log.append = append;
      throw new EventLogError('EVENT_LOG_WRITE_FAILED', 'injected');
    };
    await heads.round();
    expect(told()).toEqual([]);
    await heads.round();
    expect(told()).toEqual(['signed']);
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
      heads.noteSealed({ logId: LOG, tree, nodes: more.splice(0, 1), fence: 1, isReplaced });
    const more = [node(1)];
    const { heads, rows } = signedBefore(3, (table) => {
      if (table === 'nodes') added();
    });
    heads.noteSealed({ logId: LOG, tree, nodes: [node(0)], fence: 1, isReplaced });
    await heads.round();
    const one = rows.get('nodes') ?? 0;
    await heads.round();
    await heads.round();
    expect(rows.get('nodes')).toBe(2 * one);
  });
});

describe('a log that was given up and came back', () => {
  it('keeps the nodes that it has still to write, though it came back while a round lasted', async () => {
    const back = { logId: LOG, tree, nodes: [node(0)], fence: 2, isReplaced };
    const { heads, rows } = signedBefore(3, (table) => {
      if (table === 'nodes') heads.noteSealed(back);
    });
    heads.noteSealed({ logId: LOG, tree, nodes: [node(1)], fence: 1, isReplaced });
    heads.noteReleased(LOG);
    await heads.round();
    const one = rows.get('nodes') ?? 0;
    await heads.round();
    expect(rows.get('nodes')).toBe(2 * one);
  });
});

describe('a ledger whose log was taken over', () => {
  const other = 'records/p1/e0';
  /** A signer that refuses the first log, as one does that signed for a later owner. */
  function fenced(isReplacedHere: boolean) {
    const log = memoryEventLog();
    const store = {
      query: async ({ sql }: { readonly sql: string }) =>
        sql.includes('checkpoints') ? [{ size: 0 }] : [],
      insertRows: async () => Promise.resolve(),
    } as unknown as RecordStore;
    const asked: string[] = [];
    const signer = {
      latest: async () => undefined,
      policy: async () => 'quorum none',
      sign: async ({ logId }: { readonly logId: string }) => {
        asked.push(logId);
        const refused = { kind: 'refused', reason: 'fenced' };
        return Promise.resolve(logId === LOG ? refused : { kind: 'signed', note: 'signed' });
      },
    } as unknown as Signer;
    const metrics = createLedgerMetrics();
    const parts = { log, store, signer, metrics, everyMs: 1, logIds: [LOG, other] };
    const heads = new HeadSigner({ ...parts, onMetaSigned: () => undefined });
    const sealed = { tree, nodes: [], fence: 1, isReplaced: async () => isReplacedHere };
    heads.noteSealed({ ...sealed, logId: LOG });
    heads.noteSealed({ ...sealed, logId: other });
    const told = (): readonly (string | null)[] =>
      log.messages(topics.checkpoints).map(({ key }) => key);
    return { heads, asked, told, metrics };
  }

  it('leaves it to who has it, and signs the others', async () => {
    const { heads, asked, told } = fenced(true);
    await heads.round();
    await heads.round();
    expect(told()).toEqual([other]);
    expect(asked.filter((logId) => logId === LOG)).toHaveLength(1);
  });

  it('ends where the log knows of nobody else: the log was set back, or the signer is another’s', async () => {
    const { heads, metrics } = fenced(false);
    await expect(heads.round()).rejects.toThrow(/LEDGER_SIGNER_REFUSED: .*fenced/);
    expect(metrics.signingRefusals).toBe(1);
  });

  it('that was given up signs what it sealed last, once, and forgets it', async () => {
    const { heads, asked } = fenced(false);
    heads.noteReleased(LOG);
    heads.noteReleased(other);
    await heads.round();
    await heads.round();
    await heads.round();
    expect(asked).toEqual([LOG, other]);
  });
});
