import type { CompactRange } from '../../integrity/compact-range.ts';
import { appendLeafHashes, emptyRange, rootOf } from '../../integrity/compact-range.ts';
import { leafHash } from '../../integrity/merkle.ts';
import type { LeafRecord } from '../../schemas/leaf-record.ts';
import { readLeaf } from '../../schemas/leaf-record.ts';
import { POLICY_CALL_ID, metaCallId, metaLogId } from '../read-checkpoint.ts';
import { ofControl } from './control-rows.ts';
import { TILE_LEVELS } from '../seal.ts';
import type { LeafRow } from './audited-store.ts';
import { auditRows } from './audit-rows.ts';
import type { AuditDraft } from './findings.ts';
import type { AuditedLeaf, LogAudit } from './log-audit.ts';
import { CHUNK_LEAVES_MAX } from './log-audit.ts';

/** What holds from one leaf to the next. */
type Walk = {
  tree: CompactRange;
  /** The first head that is not behind the tree. */
  headAt: number;
  offset: number;
  readonly streams: Map<string, { readonly seq: number; readonly prev: string }>;
  readonly nodes: Map<string, string>;
};

/** Walks a log's leaves from its first to its last; gives the number of leaves, those that are missing below the signed size included. */
export async function auditLeaves(audit: LogAudit): Promise<number> {
  const { store, logId, heads } = audit;
  const end = Math.max(await store.leafEnd(logId), heads.at(-1)?.size ?? 0);
  const nodes = new Map((await store.nodes(logId)).map((n) => [`${n.level}/${n.index}`, n.hash]));
  const walk: Walk = { tree: emptyRange, headAt: 0, offset: -1, streams: new Map(), nodes };
  for (let from = 0; from < end; from += CHUNK_LEAVES_MAX) {
    const to = Math.min(end, from + CHUNK_LEAVES_MAX);
    const rows = await store.leaves(logId, from, to);
    const leaves = auditChunk(audit, walk, rows, { from, to });
    await auditRows(audit, leaves, { from, to });
  }
  return end;
}

function auditChunk(
  audit: LogAudit,
  walk: Walk,
  rows: readonly LeafRow[],
  range: LeafRange,
): readonly AuditedLeaf[] {
  return auditEach(audit, rows, range, {
    hashOf: (row) => auditHash(audit, walk, row),
    place: (leaf, hash) => auditPlace(audit, walk, leaf, hash),
  });
}

/** From one leaf index to before another. */
export type LeafRange = { readonly from: number; readonly to: number };

/** What is held against a leaf's place: by the walk over a whole log, and by the look at a range of it. */
type LeafLook = {
  /** The hash of its bytes in hex, held against its column. */
  readonly hashOf: (row: LeafRow) => string;
  readonly place: (leaf: AuditedLeaf, hash: string) => void;
};

/** Looks at each leaf of a range: that it is there once and can be read. Gives those of records that can. */
export function auditEach(
  audit: LogAudit,
  rows: readonly LeafRow[],
  { from, to }: LeafRange,
  { hashOf, place }: LeafLook,
): readonly AuditedLeaf[] {
  const { draft, logId } = audit;
  const byIndex = Map.groupBy(rows, ({ index }) => index);
  const leaves: AuditedLeaf[] = [];
  for (let index = from; index < to; index += 1) {
    const [row, ...more] = byIndex.get(index) ?? [];
    if (more.length > 0) draft.add('LEAF_DOUBLED', logId, index);
    if (row === undefined) {
      draft.add('LEAF_MISSING', logId, index);
      continue;
    }
    draft.counts.leaves += 1;
    const hash = hashOf(row);
    if (logId === metaLogId) {
      auditMeta(audit, row);
      continue;
    }
    const leaf = readAudited(row);
    if (leaf === undefined) draft.add('LEAF_UNREADABLE', logId, index);
    else {
      place(leaf, hash);
      leaves.push(leaf);
    }
  }
  return leaves;
}

/** The hash of the leaf's bytes: held against its column, and into the tree, which is held against nodes and heads. */
function auditHash({ draft, logId, heads }: LogAudit, walk: Walk, row: LeafRow): string {
  const hash = leafHash(Buffer.from(row.leaf));
  const hex = Buffer.from(hash).toString('hex');
  if (hex !== row.hash) draft.add('LEAF_HASH_DIFFERS', logId, row.index);
  walk.tree = appendLeafHashes(walk.tree, [hash], (level, index, node) => {
    if (level === 0 || level % TILE_LEVELS !== 0) return;
    const stored = walk.nodes.get(`${level}/${index}`);
    // The last nodes are written when their head is signed.
    const isSigned = (index + 1) * 2 ** level <= (heads.at(-1)?.size ?? 0);
    if (stored === undefined && isSigned) draft.add('NODE_MISSING', logId, index, `level ${level}`);
    const isOther = stored !== undefined && stored !== Buffer.from(node).toString('hex');
    if (isOther) draft.add('NODE_DIFFERS', logId, index, `level ${level}`);
  });
  while ((heads[walk.headAt]?.size ?? Infinity) < walk.tree.size) walk.headAt += 1;
  const head = heads[walk.headAt];
  if (
    head?.size === walk.tree.size &&
    Buffer.from(rootOf(walk.tree)).toString('hex') !== head.root
  ) {
    draft.add('HEAD_ROOT_DIFFERS', logId, head.size);
  }
  return hex;
}

/** The leaf as it can be read; undefined where it cannot. */
export function readAudited(row: LeafRow): AuditedLeaf | undefined {
  try {
    return { row, told: readLeaf(row.leaf) };
  } catch {
    return undefined;
  }
}

/** The columns beside the leaf. */
export function auditColumns(
  { draft, logId }: LogAudit,
  { row, told: { header, record } }: AuditedLeaf,
): void {
  const columns = {
    log_id: [header.log, logId],
    leaf_index: [header.index, row.index],
    tenant: [header.tenant, row.tenant],
    seq: [header.seq, row.seq],
    ...foundBy(record ? ofRecord(record) : ofControl(row.leaf), row),
  };
  tellColumns(draft, logId, row.index, columns);
}

/** The columns beside the leaf, its place in the log and in its stream. */
function auditPlace(audit: LogAudit, walk: Walk, leaf: AuditedLeaf, hash: string): void {
  const { draft, logId } = audit;
  const { row, told } = leaf;
  const { header } = told;
  auditColumns(audit, leaf);
  const before = walk.streams.get(header.tenant);
  const follows = header.seq === (before?.seq ?? -1) + 1 && header.prev === (before?.prev ?? null);
  if (!follows) draft.add('STREAM_BROKEN', logId, row.index);
  if (header.offset <= walk.offset) draft.add('OFFSET_FALLS', logId, row.index);
  walk.streams.set(header.tenant, { seq: header.seq, prev: hash });
  walk.offset = header.offset;
}

type FoundBy = {
  readonly callId: string;
  readonly revision: number;
  readonly appendTimeUs: number;
};

function ofRecord({ callId, revision, facts }: LeafRecord): FoundBy {
  return { callId, revision, appendTimeUs: facts.appendTimeUs };
}

function foundBy(said: FoundBy, row: LeafRow) {
  return {
    call_id: [said.callId, row.callId],
    revision: [said.revision, row.revision],
    append_time: [said.appendTimeUs, row.appendTimeUs],
  };
}

/** A leaf of the meta log is the bytes of a head or a policy, nobody's, and the only stream there. */
function auditMeta({ draft, logId }: LogAudit, row: LeafRow): void {
  const isHead = row.leaf.includes('\n\n');
  const callId = isHead ? metaCallId(Buffer.from(row.leaf)) : POLICY_CALL_ID;
  const columns = {
    tenant: ['', row.tenant],
    seq: [row.index, row.seq],
    ...foundBy({ callId, revision: 0, appendTimeUs: 0 }, row),
  };
  tellColumns(draft, logId, row.index, columns);
}

function tellColumns(
  draft: AuditDraft,
  logId: string,
  index: number,
  columns: Readonly<Record<string, readonly (string | number)[]>>,
): void {
  for (const [column, [said, stored]] of Object.entries(columns)) {
    if (said !== stored) draft.add('LEAF_COLUMN_DIFFERS', logId, index, column);
  }
}
