// What a proof costs on a large log: `node bench/proofs.ts [leaves]`; prints one table. Leaf hashes are those of counted texts, made in the store itself; the
// tree over them, and its nodes, are made here, as the ledger makes them.
import { hash } from 'node:crypto';
import type { CompactRange } from '../integrity/compact-range.ts';
import { appendLeafHashes, emptyRange, rootOf } from '../integrity/compact-range.ts';
import { inclusionNodes, makeInclusionProof } from '../integrity/tree-proof.ts';
import { verifyInclusion } from '../integrity/verify-tree-proof.ts';
import { TILE_LEVELS } from '../ledger/seal.ts';
import type { RecordStore } from '../record-store/clickhouse.ts';
import { RowBlock } from '../record-store/row-binary.ts';
import { readTreeNodes } from '../record-store/tree-nodes.ts';
import { nodesTable } from '../schemas/tables.ts';
import { startTestStore } from '../test/support/test-store.ts';
import { mulberry32 } from './seeded.ts';

const size = Number(process.argv[2] ?? 10_000_000);
const PROOFS = 500;
const CHUNK = 500_000;
const logId = 'records/p0/e0';

const startedMs = performance.now();
const store = await startTestStore();
const migrator = await store.as('migrator');
const reader = await store.as('reader');
const [tree] = await Promise.all([makeTree(await store.as('writer')), makeLeaves(migrator)]);
const root = rootOf(tree);
const preparedSeconds = (performance.now() - startedMs) / 1000;
const random = mulberry32(1);
const took: number[] = [];
for (let at = 0; at < PROOFS; at += 1) {
  const index = Math.floor(random() * size);
  const beganMs = performance.now();
  const readNode = await readTreeNodes(reader, { logId, size }, inclusionNodes(index, size));
  const proof = makeInclusionProof(index, size, readNode);
  took.push(performance.now() - beganMs);
  const leafHash = hashOf(index);
  if (!verifyInclusion({ index, size, leafHash, root }, proof)) throw new Error('a proof is wrong');
}
const sorted = took.toSorted((a, b) => a - b);
const ms = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
console.log(`| leaves | ${size.toLocaleString('en')} |`);
console.log(`| log made, s | ${preparedSeconds.toFixed(1)} |`);
console.log(`| inclusion proof, ms: p50, p95, p99 | ${ms(0.5)}, ${ms(0.95)}, ${ms(0.99)} |`);
console.log(`| proofs made and verified | ${PROOFS} |`);
await store.stop();
process.exit(0);

async function makeLeaves(writer: RecordStore): Promise<void> {
  for (let from = 0; from < size; from += CHUNK) {
    await writer.command(`INSERT INTO waybill.leaves
      (log_id, leaf_index, tenant, seq, call_id, revision, append_time, leaf, leaf_hash)
      SELECT '${logId}', number, 'default', number, toFixedString(substring(SHA256(toString(number)), 1, 16), 16), 0,
        toDateTime64(1790000000 + number / 2500, 6), '', SHA256(concat('leaf ', toString(number)))
      FROM numbers(${from}, ${Math.min(CHUNK, size - from)})`);
  }
}

/** The tree, its nodes written to the store. */
async function makeTree(writer: RecordStore): Promise<CompactRange> {
  let range = emptyRange;
  for (let from = 0; from < size; from += CHUNK) {
    const block = new RowBlock(nodesTable);
    const hashes = Array.from({ length: Math.min(CHUNK, size - from) }, (_, at) =>
      hashOf(from + at),
    );
    range = appendLeafHashes(range, hashes, (level, index, node) => {
      if (level > 0 && level % TILE_LEVELS === 0) block.add([logId, level, index, node]);
    });
    if (block.rows > 0)
      await writer.insertRows(nodesTable, block.bytes(), { token: `nodes ${from}` });
  }
  return range;
}

function hashOf(index: number): Buffer {
  return hash('sha256', `leaf ${index}`, 'buffer');
}
