import type { CompactRange } from '../integrity/compact-range.ts';
import { emptyRange, rootOf } from '../integrity/compact-range.ts';
import { leafHash } from '../integrity/merkle.ts';
import type { TraceKeys } from '../key-store/trace-keys.ts';
import type { RecordStore } from '../record-store/clickhouse.ts';
import type { RowBlock } from '../record-store/row-binary.ts';
import type { MessageAgain, ReadAgainParts, SealedMessages } from './archive/read-archived.ts';
import { readAgain } from './archive/read-archived.ts';
import { LedgerError } from './errors.ts';
import { LEAF_VERSION } from './leaf.ts';
import { registryLogId } from './read-control.ts';
import type { SealedBatch, Understood } from './seal.ts';
import { homesOf, seal, understand } from './seal.ts';
import type { StreamState } from './state.ts';

/** A store that is read and added to. */
type Store = Pick<RecordStore, 'query' | 'insertRows'>;

export type RecoverParts = ReadAgainParts & {
  readonly store: Store;
  readonly traceKeys: Pick<TraceKeys, 'keysFor'>;
  /** How often the log was taken over: a block that was brought back before and lost again is another to the store. */
  readonly fence: number;
};

/** How many leaves are compared and written at once. */
const CHUNK_MESSAGES_MAX = 2_000;
const CHUNK_BYTES_MAX = 8 * 1024 * 1024;

/** How many leaves of a log the store holds. */
export async function storedLeaves(store: Store, logId: string): Promise<number> {
  const sql = 'SELECT count() AS leaves FROM waybill.leaves WHERE log_id = {log:String}';
  const [row] = await store.query<{ leaves: number }>({ sql, params: { log: logId } });
  return row?.leaves ?? 0;
}

/**
 * Brings back what a store lost (it was set back to a backup, a part was dropped), by making it again of the log: rows and leaves that are
 * missing are written, and none twice. What the log has dropped is read from the archive. Gives the number of leaves that were brought back. Throws `LEDGER_STORE_ALTERED` when the store holds another leaf than the log gives,
 * `LEDGER_STORE_SHORT` when neither log nor archive reach back, `LEDGER_REPLAY_DIFFERS` when the whole does not lead to the tree that was sealed.
 */
export async function recoverStore(parts: RecoverParts, sealed: CompactRange): Promise<number> {
  const { logId } = parts.source;
  const messages = await readAgain(parts);
  let done: Replayed = { tree: emptyRange, from: 0, streams: new Map() };
  let recovered = 0;
  let writing: Promise<void> = Promise.resolve();
  try {
    while (done.tree.size < sealed.size) {
      const batch = await sealChunk(
        parts,
        done,
        await nextChunk({ ...parts, messages }, done, sealed.size),
      );
      // One batch is being written while the next is being made.
      await writing;
      writing = writeBlocks(parts, batch);
      // Whoever waits for it sees its failure; until then it is nobody's.
      writing.catch(() => undefined);
      recovered += batch.blocks.leaves.rows;
      const streams = new Map([...done.streams, ...batch.streams]);
      done = { tree: batch.tree, from: batch.intent.to, streams };
    }
  } finally {
    await writing;
  }
  const same = Buffer.compare(rootOf(done.tree), rootOf(sealed)) === 0;
  if (!same) throw new LedgerError('LEDGER_REPLAY_DIFFERS', `${logId} to ${sealed.size}.`);
  return recovered;
}

/** How far the log was read again. */
type Replayed = {
  readonly tree: CompactRange;
  readonly from: number;
  readonly streams: ReadonlyMap<string, StreamState>;
};

/** Messages read again, and the place of their first leaf. */
type Chunk = {
  readonly read: readonly Understood[];
  readonly range: Range;
  readonly again: readonly MessageAgain[];
};

async function nextChunk(
  { source, messages: again }: RecoverParts & { readonly messages: SealedMessages },
  done: Replayed,
  sizeMax: number,
): Promise<Chunk> {
  const { logId, readMessage } = source;
  const limits = {
    messagesMax: Math.min(CHUNK_MESSAGES_MAX, sizeMax - done.tree.size),
    bytesMax: CHUNK_BYTES_MAX,
  };
  const at = { size: done.tree.size, offset: done.from };
  const messages = await again.read(at, limits);
  if (messages.length === 0) {
    throw new LedgerError('LEDGER_STORE_SHORT', `${logId}: the log ends at ${done.tree.size}.`);
  }
  const read = messages.map(({ message }) => understand(message, readMessage));
  const count = read.filter(({ sealable }) => sealable).length;
  return { read, range: { logId, first: done.tree.size, count }, again: messages };
}

/** Seals a chunk once, as far as its leaves are of one month, with the rows that the store does not hold. */
async function sealChunk(
  parts: RecoverParts,
  done: Replayed,
  { read, range, again }: Chunk,
): Promise<SealedBatch> {
  const { store, source, traceKeys } = parts;
  const hashes = await storedHashes(store, range);
  const isWhole = hashes.size === range.count;
  const [keys, there] = await Promise.all([
    traceKeys.keysFor(homesOf(read)),
    isWhole ? undefined : storedRows(store, range, read),
  ]);
  const wanted = (table: string, index: number): boolean =>
    table === 'leaves' ? !hashes.has(index) : !(there?.get(table)?.has(index) ?? isWhole);
  const batch = seal(
    {
      logId: source.logId,
      tree: done.tree,
      from: done.from,
      version: LEAF_VERSION,
      streamOf: (tenant: string) => done.streams.get(tenant) ?? { seq: 0, prev: null },
      wanted,
    },
    read,
    keys,
  );
  checkStored(batch, hashes);
  checkArchived(batch, read, again);
  return batch;
}

/** That archived messages give the leaves that were archived with them: what somebody changed there is not written to the store. */
function checkArchived(
  { intent, leafHashes }: SealedBatch,
  read: readonly Understood[],
  again: readonly MessageAgain[],
): void {
  const { logId, first } = intent;
  let at = 0;
  for (const [index, { sealable }] of read.entries()) {
    const leaf = again[index]?.leaf;
    const made = sealable && leafHashes[at];
    // What is left is the next chunk's.
    if (sealable && made === undefined) return;
    const isSame = made && leaf ? Buffer.compare(made, leafHash(leaf)) === 0 : !made && !leaf;
    if (leaf !== undefined && !isSame) {
      const detail = `${logId}: an archived message does not give leaf ${first + at}.`;
      throw new LedgerError('LEDGER_REPLAY_DIFFERS', detail);
    }
    if (made) at += 1;
  }
}

function checkStored({ intent, leafHashes }: SealedBatch, stored: StoredHashes): void {
  const { logId, first } = intent;
  for (const [at, made] of leafHashes.entries()) {
    const hash = stored.get(first + at);
    if (hash === undefined || Buffer.from(made).toString('hex') === hash) continue;
    throw new LedgerError('LEDGER_STORE_ALTERED', `${logId} leaf ${first + at}.`);
  }
}

/** What is wanted of a batch, leaves last: whoever sees a leaf can count on its rows. */
async function writeBlocks(
  { store, fence }: RecoverParts,
  { intent, blocks }: SealedBatch,
): Promise<void> {
  const { leaves, ...derived } = blocks;
  const insert = async (block: RowBlock): Promise<void> => {
    if (block.rows === 0) return;
    const token = `recovered/${fence}/${intent.logId}/${intent.digest}/${block.table.name}/${block.rows}`;
    await store.insertRows(block.table, block.bytes(), { token });
  };
  await Promise.all(Object.values(derived).map(insert));
  await insert(leaves);
}

type StoredHashes = ReadonlyMap<number, string>;

/** Which leaves of a range have rows, a table. */
async function storedRows(
  store: Store,
  range: Range,
  read: readonly Understood[],
): Promise<ReadonlyMap<string, ReadonlySet<number>>> {
  const tables = ['records', 'charges', 'payloads', 'reads'];
  const found = tables.map(
    async (table) => [table, await storedIndexes(store, table, range)] as const,
  );
  const declared = ['registry', await storedDeclared(store, range, read)] as const;
  return new Map([...(await Promise.all(found)), declared]);
}

type Range = { readonly logId: string; readonly first: number; readonly count: number };

async function storedHashes(store: Store, range: Range): Promise<StoredHashes> {
  const sql = `SELECT leaf_index AS at, lower(hex(leaf_hash)) AS hash FROM waybill.leaves WHERE ${IN_RANGE}`;
  const rows = await store.query<{ at: number; hash: string }>({ sql, params: paramsOf(range) });
  return new Map(rows.map(({ at, hash }) => [at, hash]));
}

async function storedIndexes(
  store: Store,
  table: string,
  range: Range,
): Promise<ReadonlySet<number>> {
  const sql = `SELECT DISTINCT leaf_index AS at FROM waybill.${table} WHERE ${IN_RANGE}`;
  const rows = await store.query<{ at: number }>({ sql, params: paramsOf(range) });
  return new Set(rows.map(({ at }) => at));
}

/** The table of what is declared has the offset of its event in the place of log and leaf. */
async function storedDeclared(
  store: Store,
  { logId, first }: Range,
  read: readonly Understood[],
): Promise<ReadonlySet<number>> {
  if (logId !== registryLogId) return new Set();
  const offsets = read.flatMap(({ message, sealable }) => (sealable ? [message.offset] : []));
  const sql = `SELECT DISTINCT version FROM waybill.registry
    WHERE version >= {from:Int64} AND version <= {to:Int64}`;
  const params = { from: offsets[0] ?? 0, to: offsets.at(-1) ?? 0 };
  const rows = await store.query<{ version: number }>({ sql, params });
  const versions = new Set(rows.map(({ version }) => version));
  return new Set(offsets.flatMap((offset, at) => (versions.has(offset) ? [first + at] : [])));
}

const IN_RANGE =
  'log_id = {log:String} AND leaf_index >= {first:UInt64} AND leaf_index < {end:UInt64}';

function paramsOf({ logId, first, count }: Range) {
  return { log: logId, first, end: first + count };
}
