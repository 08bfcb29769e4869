import type { EventLog } from '../event-log/event-log.ts';
import type { CompactRange } from '../integrity/compact-range.ts';
import { emptyRange, rootOf } from '../integrity/compact-range.ts';
import type { TraceKeys } from '../key-store/trace-keys.ts';
import type { RecordStore } from '../record-store/clickhouse.ts';
import { LedgerError } from './errors.ts';
import { LEAF_VERSION } from './leaf.ts';
import type { LogSource } from './seal-log.ts';
import type { SealedBatch } from './seal.ts';
import { homesOf, seal, understand } from './seal.ts';
import type { StreamState } from './state.ts';

export type RecoverParts = {
  readonly log: EventLog;
  readonly store: RecordStore;
  readonly source: LogSource;
  readonly traceKeys: TraceKeys;
};

/** How many leaves are compared and written at once. */
const CHUNK_MESSAGES_MAX = 2_000;
const CHUNK_BYTES_MAX = 8 * 1024 * 1024;

/** How many leaves of a log the store holds. */
export async function storedLeaves(store: RecordStore, logId: string): Promise<number> {
  const sql = 'SELECT count() AS leaves FROM waybill.leaves WHERE log_id = {log:String}';
  const [row] = await store.query<{ leaves: number }>({ sql, params: { log: logId } });
  return row?.leaves ?? 0;
}

/**
 * Brings back what a store lost (it was set back to a backup, a part was dropped), by making it again of the log: rows and leaves that are
 * missing are written, and none twice. Gives the number of leaves that were brought back. Throws `LEDGER_STORE_ALTERED` when the store holds another leaf than the log gives,
 * `LEDGER_STORE_SHORT` when the log no longer reaches back, `LEDGER_REPLAY_DIFFERS` when the whole does not lead to the tree that was sealed.
 */
export async function recoverStore(parts: RecoverParts, sealed: CompactRange): Promise<number> {
  const { log, source } = parts;
  const { topic, partition, logId } = source;
  const range = await log.range(topic, partition);
  if (range.start > 0) throw new LedgerError('LEDGER_STORE_SHORT', `${logId}: ${sealed.size}.`);
  let done: Replayed = { tree: emptyRange, from: 0, streams: new Map() };
  let recovered = 0;
  while (done.tree.size < sealed.size) {
    const batch = await nextBatch(parts, done, sealed.size);
    recovered += await writeMissing(parts, batch);
    done = afterBatch(done, batch);
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

type Replay = {
  readonly batch: SealedBatch;
  /** Of the leaves' messages, in order. */
  readonly offsets: readonly number[];
  /** Seals the same again, with only the wanted rows. */
  readonly only: (wanted: (table: string, index: number) => boolean) => SealedBatch;
};

async function nextBatch(parts: RecoverParts, done: Replayed, sizeMax: number): Promise<Replay> {
  const { topic, partition, logId, readMessage } = parts.source;
  const position = { topic, partition, offset: done.from };
  const limits = {
    messagesMax: Math.min(CHUNK_MESSAGES_MAX, sizeMax - done.tree.size),
    bytesMax: CHUNK_BYTES_MAX,
    waitMsMax: 0,
  };
  const messages = await parts.log.read(position, limits);
  if (messages.length === 0) {
    throw new LedgerError('LEDGER_STORE_SHORT', `${logId}: the log ends at ${done.tree.size}.`);
  }
  const read = messages.map((message) => understand(message, readMessage));
  const keys = await parts.traceKeys.keysFor(homesOf(read));
  const start = {
    logId,
    tree: done.tree,
    from: done.from,
    version: LEAF_VERSION,
    streamOf: (tenant: string) => done.streams.get(tenant) ?? { seq: 0, prev: null },
  };
  return {
    batch: seal(start, read, keys),
    offsets: read.flatMap(({ message, sealable }) => (sealable ? [message.offset] : [])),
    only: (wanted) => seal({ ...start, wanted }, read, keys),
  };
}

function afterBatch(done: Replayed, { batch }: Replay): Replayed {
  const streams = new Map([...done.streams, ...batch.streams]);
  return { tree: batch.tree, from: batch.intent.to, streams };
}

async function writeMissing({ store }: RecoverParts, replay: Replay): Promise<number> {
  const { intent, leafHashes } = replay.batch;
  const { logId, first, count } = intent;
  if (count === 0) return 0;
  const stored = await storedHashes(store, intent);
  for (const [index, hash] of stored) {
    if (Buffer.from(leafHashes[index - first] ?? []).toString('hex') === hash) continue;
    throw new LedgerError('LEDGER_STORE_ALTERED', `${logId} leaf ${index}.`);
  }
  if (stored.size === count) return 0;
  const there = new Map<string, ReadonlySet<number>>([['leaves', new Set(stored.keys())]]);
  for (const table of ['records', 'charges', 'payloads', 'reads']) {
    there.set(table, await storedIndexes(store, table, intent));
  }
  there.set('registry', await storedDeclared(store, replay));
  const wanted = (table: string, index: number) => !(there.get(table)?.has(index) ?? true);
  const { leaves, ...derived } = replay.only(wanted).blocks;
  for (const block of [...Object.values(derived), leaves]) {
    if (block.rows === 0) continue;
    const token = `recovered/${logId}/${intent.digest}/${block.table.name}/${block.rows}`;
    await store.insertRows(block.table, block.bytes(), { token });
  }
  return leaves.rows;
}

type Range = { readonly logId: string; readonly first: number; readonly count: number };

async function storedHashes(
  store: RecordStore,
  range: Range,
): Promise<ReadonlyMap<number, string>> {
  const sql = `SELECT leaf_index AS at, lower(hex(leaf_hash)) AS hash FROM waybill.leaves WHERE ${IN_RANGE}`;
  const rows = await store.query<{ at: number; hash: string }>({ sql, params: paramsOf(range) });
  return new Map(rows.map(({ at, hash }) => [at, hash]));
}

async function storedIndexes(
  store: RecordStore,
  table: string,
  range: Range,
): Promise<ReadonlySet<number>> {
  const sql = `SELECT DISTINCT leaf_index AS at FROM waybill.${table} WHERE ${IN_RANGE}`;
  const rows = await store.query<{ at: number }>({ sql, params: paramsOf(range) });
  return new Set(rows.map(({ at }) => at));
}

/** The table of what is declared has the offset of its event in the place of log and leaf. */
async function storedDeclared(
  store: RecordStore,
  { batch, offsets }: Replay,
): Promise<ReadonlySet<number>> {
  const { from, to, first, count } = batch.intent;
  const sql = `SELECT DISTINCT version FROM waybill.registry
    WHERE version >= {from:Int64} AND version < {to:Int64}`;
  const rows =
    batch.blocks.registry.rows === 0
      ? []
      : await store.query<{ version: number }>({ sql, params: { from, to } });
  const versions = new Set(rows.map(({ version }) => version));
  const indexes = Array.from({ length: count }, (_, at) => at);
  return new Set(indexes.filter((at) => versions.has(offsets[at] ?? -1)).map((at) => first + at));
}

const IN_RANGE =
  'log_id = {log:String} AND leaf_index >= {first:UInt64} AND leaf_index < {end:UInt64}';

function paramsOf({ logId, first, count }: Range) {
  return { log: logId, first, end: first + count };
}
