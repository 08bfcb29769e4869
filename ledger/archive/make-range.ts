import type { EventLog, LogMessage } from '../../event-log/event-log.ts';
import { parseCheckpoint } from '../../integrity/checkpoint.ts';
import type { CompactRange } from '../../integrity/compact-range.ts';
import { appendLeafHashes, rootOf } from '../../integrity/compact-range.ts';
import { leafHash } from '../../integrity/merkle.ts';
import { parseNote } from '../../integrity/note.ts';
import { consistencyNodes, makeConsistencyProof } from '../../integrity/tree-proof.ts';
import { verifyConsistency } from '../../integrity/verify-tree-proof.ts';
import type { RecordStore } from '../../record-store/clickhouse.ts';
import { readTreeNodes } from '../../record-store/tree-nodes.ts';
import { readLeaf } from '../../schemas/leaf-record.ts';
import { LedgerError } from '../errors.ts';
import { metaLogId } from '../read-checkpoint.ts';
import type { LogSource } from '../seal-log.ts';
import { understand } from '../seal.ts';
import type { ArchiveState } from './archive-state.ts';
import { hexOf } from './archive-state.ts';
import type { SealedMessage, SealedRange } from './sealed-range.ts';

export type RangeParts = {
  readonly log: Pick<EventLog, 'read'>;
  readonly store: RecordStore;
  readonly source: LogSource;
};

/** Where a range may end: with this leaf at the latest, and earlier when it is large. */
export type RangeEnd = {
  readonly sizeMax: number;
  readonly leavesMax: number;
  /** Sum of message values. */
  readonly bytesMax: number;
};

export type MadeRange = { readonly range: SealedRange; readonly after: CompactRange };

/**
 * The messages of a log after what is archived, as the log has them, and their leaves, as the store has them. It is given only where the leaves lead to the signed head: what
 * somebody changed in the store is not archived, and so not dropped from the log. Throws `LEDGER_ARCHIVE_UNPROVEN` then.
 */
export async function makeRange(
  parts: RangeParts,
  { tree, offset }: Pick<ArchiveState, 'tree' | 'offset'>,
  head: string,
  end: RangeEnd,
): Promise<MadeRange> {
  const { store, source } = parts;
  const { logId, topic, partition } = source;
  const read = await readMessages(parts, { first: tree.size, offset }, end);
  const leaves = await readLeaves(store, logId, { first: tree.size, end: read.end });
  const hashes = leaves.map((leaf) => leafHash(leaf));
  const after = appendLeafHashes(tree, hashes);
  const proof = await proofTo(parts, after, head);
  let next = 0;
  const messages = read.messages.map(({ message, isLeaf }): SealedMessage => {
    const { topic: _topic, partition: _partition, ...rest } = message;
    return { ...rest, leaf: isLeaf ? (leaves[next++] ?? null) : null };
  });
  checkPair(source, messages.at(-1));
  const place = { log: logId, topic, partition, first: tree.size, end: after.size };
  const offsets = { from: offset, to: (messages.at(-1)?.offset ?? offset - 1) + 1 };
  const before = hexOf(tree.hashes);
  return { range: { ...place, ...offsets, before, head, proof: hexOf(proof), messages }, after };
}

/** That messages and leaves are those of each other: with one message taken for a leaf that became none, the last would be of another. */
function checkPair({ logId }: LogSource, last: SealedMessage | undefined): void {
  if (last?.leaf === undefined || last.leaf === null) return;
  const { leaf, value, offset } = last;
  const isPair =
    logId === metaLogId
      ? Buffer.compare(leaf, value ?? Buffer.alloc(0)) === 0
      : readLeaf(Buffer.from(leaf).toString('utf8')).header.offset === offset;
  if (isPair) return;
  const detail = `${logId}: the message at ${offset} did not become the leaf.`;
  throw new LedgerError('LEDGER_ARCHIVE_UNPROVEN', detail);
}

type ReadMessages = {
  readonly end: number;
  readonly messages: readonly { readonly message: LogMessage; readonly isLeaf: boolean }[];
};

/**
 * Messages up to one that became a leaf. What became none goes with them; past a bound of bytes without its value, for nothing is sealed of it. That bound is no
 * setting: a range that was promised is to be the same whatever is set when it is made again.
 */
async function readMessages(
  { log, source }: RangeParts,
  start: { readonly first: number; readonly offset: number },
  { sizeMax, leavesMax, bytesMax }: RangeEnd,
): Promise<ReadMessages> {
  const { topic, partition, logId, readMessage } = source;
  const found: { message: LogMessage; isLeaf: boolean }[] = [];
  let [{ offset }, size, bytes, lastLeaf] = [start, start.first, 0, 0];
  const isFull = (): boolean =>
    size >= sizeMax ||
    (size > start.first && (size - start.first >= leavesMax || bytes >= bytesMax));
  while (!isFull()) {
    const limits = { messagesMax: READ_MESSAGES, bytesMax: READ_BYTES_MAX, waitMsMax: 0 };
    const messages = await log.read({ topic, partition, offset }, limits);
    if (messages.length === 0) {
      throw new LedgerError('LEDGER_ARCHIVE_UNPROVEN', `${logId}: the log ends at ${size}.`);
    }
    for (const message of messages) {
      if (isFull()) break;
      const isLeaf = understand(message, readMessage).sealable !== undefined;
      const isKept = isLeaf || bytes < UNSEALED_BYTES_MAX;
      found.push({ message: isKept ? message : { ...message, value: null }, isLeaf });
      bytes += isKept ? (message.value?.length ?? 0) : 0;
      offset = message.offset + 1;
      if (!isLeaf) continue;
      size += 1;
      lastLeaf = found.length;
    }
  }
  return { end: size, messages: found.slice(0, lastLeaf) };
}

const READ_MESSAGES = 500;
const UNSEALED_BYTES_MAX = 32 * 1024 * 1024;
const READ_BYTES_MAX = 8 * 1024 * 1024;

type LeafRow = { readonly at: number; readonly leaf: string };

async function readLeaves(
  store: RecordStore,
  logId: string,
  { first, end }: { readonly first: number; readonly end: number },
): Promise<readonly Buffer[]> {
  const sql = `SELECT leaf_index AS at, leaf FROM waybill.leaves
    WHERE log_id = {log:String} AND leaf_index >= {first:UInt64} AND leaf_index < {end:UInt64} ORDER BY leaf_index`;
  const rows = await store.query<LeafRow>({ sql, params: { log: logId, first, end } });
  const isDense =
    rows.length === end - first && rows.every(({ at }, index) => at === first + index);
  if (isDense) return rows.map(({ leaf }) => Buffer.from(leaf));
  throw new LedgerError('LEDGER_ARCHIVE_UNPROVEN', `${logId}: leaves ${first} to ${end - 1}.`);
}

/** The proof that the signed head stands for the tree; it is verified here. */
async function proofTo(
  { store, source }: RangeParts,
  after: CompactRange,
  head: string,
): Promise<readonly Uint8Array[]> {
  const { size, root } = parseCheckpoint(parseNote(head).text);
  const { logId } = source;
  const claim = { oldSize: after.size, oldRoot: rootOf(after), size, root };
  const nodes = consistencyNodes(after.size, size);
  const readNode = await readTreeNodes(store, { logId, size }, nodes);
  const proof = makeConsistencyProof(after.size, size, readNode);
  if (verifyConsistency(claim, proof)) return proof;
  const detail = `${logId}: ${after.size} leaves do not lead to the signed head of ${size}.`;
  throw new LedgerError('LEDGER_ARCHIVE_UNPROVEN', detail);
}
