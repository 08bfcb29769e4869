import { createHash } from 'node:crypto';
import { parseNote } from '../integrity/note.ts';
import { formatTlogProof } from '../integrity/tlog-proof.ts';
import {
  consistencyNodes,
  inclusionNodes,
  makeConsistencyProof,
  makeInclusionProof,
} from '../integrity/tree-proof.ts';
import { readTreeNodes } from '../record-store/tree-nodes.ts';
import { QueryApiError } from './errors.ts';
import type { HeadRow } from './queries/checkpoints.ts';
import { META_LOG_ID, readHeads, readMetaIndex } from './queries/checkpoints.ts';
import type { LeafPlace } from './queries/leaves.ts';
import type { RecordReader } from './queries/statement.ts';

/** Heads that are looked at for one that the meta log holds: the newest may be on its way there. */
const HEADS_MAX = 8;
/** Heads of the meta log among which the one with the most cosignatures is taken. */
const META_HEADS_MAX = 64;

/**
 * Proves that a leaf is in its log and the log's signed head in the meta log: two texts of the form `.tlog-proof`, one behind the other. Throws
 * `PROOF_PENDING` for a leaf that no signed head of the meta log covers yet.
 */
export async function proveRecord(store: RecordReader, place: LeafPlace): Promise<string> {
  const { logId, leafIndex } = place;
  const best = await provedHead(store, logId, leafIndex + 1);
  const inner = await inclusion(store, leafIndex, best.head);
  return inner + (await inclusion(store, best.metaIndex, best.meta));
}

/** A signed head that covers as many leaves, and the proof of it in the meta log; of the meta log itself the head alone. Throws `PROOF_PENDING` where there is none yet. */
export async function proveHead(
  store: RecordReader,
  logId: string,
  sizeMin: number,
): Promise<{ readonly size: number; readonly checkpoint: string; readonly meta: string | null }> {
  if (logId !== META_LOG_ID) {
    const { head, metaIndex, meta } = await provedHead(store, logId, sizeMin);
    const proof = await inclusion(store, metaIndex, meta);
    return { size: head.size, checkpoint: head.note, meta: proof };
  }
  const [head] = await readHeads(store, { logId, sizeMin, headsMax: 1 });
  if (head === undefined) throw pending();
  return { size: head.size, checkpoint: head.note, meta: null };
}

type ProvedHead = { readonly head: HeadRow; readonly metaIndex: number; readonly meta: HeadRow };

async function provedHead(
  store: RecordReader,
  logId: string,
  sizeMin: number,
): Promise<ProvedHead> {
  const heads = await readHeads(store, { logId, sizeMin, headsMax: HEADS_MAX });
  const metaHeads = await readHeads(store, {
    logId: META_LOG_ID,
    sizeMin: 1,
    headsMax: META_HEADS_MAX,
  });
  let best: (ProvedHead & { readonly signatures: number }) | undefined;
  for (const head of heads) {
    const metaIndex = await readMetaIndex(store, digestOf(head.note));
    if (metaIndex === undefined) continue;
    for (const meta of metaHeads.filter(({ size }) => size > metaIndex)) {
      const signatures = signersOf(meta);
      if (best === undefined || signatures > best.signatures) {
        best = { head, metaIndex, meta, signatures };
      }
    }
    // A later head's proof is no better than this one's unless witnesses have not come so far.
    if (best && best.signatures === mostSignatures(metaHeads)) break;
  }
  if (best === undefined) throw pending();
  return best;
}

function mostSignatures(heads: readonly HeadRow[]): number {
  return Math.max(0, ...heads.map(signersOf));
}

/** Who signed: a log that signs with two keys while they are rotated is one. */
function signersOf({ note }: HeadRow): number {
  return new Set(parseNote(note).signatures.map(({ name }) => name)).size;
}

async function inclusion(store: RecordReader, index: number, head: HeadRow): Promise<string> {
  const { size, note } = head;
  const readNode = await readTreeNodes(store, head, inclusionNodes(index, size));
  const hashes = makeInclusionProof(index, size, readNode);
  return formatTlogProof({ index, hashes, checkpoint: note });
}

/** The consistency proof between two sizes of a log, base64 hashes. */
export async function proveGrowth(
  store: RecordReader,
  log: { readonly logId: string; readonly oldSize: number; readonly size: number },
): Promise<readonly string[]> {
  const { oldSize, size } = log;
  const readNode = await readTreeNodes(store, log, consistencyNodes(oldSize, size));
  const hashes = makeConsistencyProof(oldSize, size, readNode);
  return hashes.map((hash) => Buffer.from(hash).toString('base64'));
}

/** The call id of a head's leaf in the meta log. */
function digestOf(note: string): string {
  return createHash('sha256').update(note).digest('hex').slice(0, 32);
}

function pending(): QueryApiError {
  return new QueryApiError('PROOF_PENDING', 'It is sealed, and its head is not signed yet.');
}
