import { leafHash } from '../../integrity/merkle.ts';
import { TILE_WIDTH } from '../../integrity/tile.ts';
import { inclusionNodes, makeInclusionProof } from '../../integrity/tree-proof.ts';
import { verifyInclusion } from '../../integrity/verify-tree-proof.ts';
import type { RecordStore } from '../../record-store/clickhouse.ts';
import { StoreError } from '../../record-store/errors.ts';
import { readTreeNodes } from '../../record-store/tree-nodes.ts';
import { metaLogId } from '../read-checkpoint.ts';
import type { LeafRange } from './audit-leaves.ts';
import { auditColumns, auditEach } from './audit-leaves.ts';
import { auditRows } from './audit-rows.ts';
import type { LeafRow } from './audited-store.ts';
import type { AuditReport } from './findings.ts';
import { AuditDraft } from './findings.ts';
import type { AuditedLeaf, LogAudit, TrustedHead } from './log-audit.ts';
import { readRedacted } from './read-redacted.ts';
import { storedForAudit } from './stored.ts';

export type RangeOrder = {
  readonly logId: string;
  /** Which 256 leaves, counted from 0. */
  readonly tile: number;
  /** A head of the log that was verified, and covers some of them. */
  readonly head: TrustedHead;
  /** A verified head of control events over all that was told of erasures by now; undefined where there is none to trust. May wait. */
  readonly controlHead: () => Promise<TrustedHead | undefined>;
};

/**
 * Reads one tile of a log again: its leaves' bytes lead to the head, each follows the one before it in its stream, and every row that is derived from them says what
 * they say.
 */
export async function auditRange(
  store: Pick<RecordStore, 'query'>,
  order: RangeOrder,
): Promise<AuditReport> {
  const report = await auditOnce(store, order, new Set());
  if (report.findings.every(({ code }) => code !== 'PAYLOAD_MISSING')) return report;
  // What was taken away with a word is told by the log of control events, which is read where something is missing alone. Such a word may lie
  // there unsealed, after a restore, or sealed and not signed yet, while the value is gone already.
  const control = await order.controlHead();
  return auditOnce(store, order, await readRedacted(storedForAudit(store), control?.size ?? 0));
}

async function auditOnce(
  store: Pick<RecordStore, 'query'>,
  { logId, tile, head }: RangeOrder,
  redacted: ReadonlySet<string>,
): Promise<AuditReport> {
  const draft = new AuditDraft();
  const stored = storedForAudit(store);
  const audit: LogAudit = { store: stored, draft, logId, heads: [head], redacted };
  const from = tile * TILE_WIDTH;
  const to = Math.min(from + TILE_WIDTH, head.size);
  const rows = await stored.leaves(logId, from, to);
  const leaves = auditLeavesOf(audit, rows, { from, to });
  if (logId !== metaLogId) await auditRows(audit, leaves, { from, to });
  const [first] = rows;
  if (first?.index === from) await auditInclusion(store, audit, first, head);
  return draft.report();
}

function auditLeavesOf(
  audit: LogAudit,
  rows: readonly LeafRow[],
  range: LeafRange,
): readonly AuditedLeaf[] {
  const { draft, logId } = audit;
  const streams = new Map<string, { readonly seq: number; readonly prev: string }>();
  return auditEach(audit, rows, range, {
    hashOf: ({ leaf, hash: told, index }) => {
      const hash = Buffer.from(leafHash(Buffer.from(leaf))).toString('hex');
      if (hash !== told) draft.add('LEAF_HASH_DIFFERS', logId, index);
      return hash;
    },
    place: (leaf, hash) => {
      auditColumns(audit, leaf);
      const { tenant, seq, prev } = leaf.told.header;
      const before = streams.get(tenant);
      const follows = before === undefined || (seq === before.seq + 1 && prev === before.prev);
      if (!follows) draft.add('STREAM_BROKEN', logId, leaf.row.index);
      streams.set(tenant, { seq, prev: hash });
    },
  });
}

/** A proof for the first leaf is made of the hashes of all the others of its tile, which were held against their bytes. */
async function auditInclusion(
  store: Pick<RecordStore, 'query'>,
  { draft, logId }: LogAudit,
  { index, leaf }: LeafRow,
  { size, root }: TrustedHead,
): Promise<void> {
  try {
    const readNode = await readTreeNodes(store, { logId, size }, inclusionNodes(index, size));
    const proof = makeInclusionProof(index, size, readNode);
    const claim = { index, size, leafHash: leafHash(Buffer.from(leaf)) };
    if (verifyInclusion({ ...claim, root: Buffer.from(root, 'hex') }, proof)) return;
    draft.add('HEAD_ROOT_DIFFERS', logId, index, 'its inclusion');
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'STORE_HASHES_MISSING') throw error;
    draft.add('NODE_MISSING', logId, index, 'a hash of its proof');
  }
}
