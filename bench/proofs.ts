// What a proof costs on a large log: `node bench/proofs.ts [leaves]`; prints one table. The leaves are made in the store itself.
import { appendLeafHashes, emptyRange, rootOf } from '../integrity/compact-range.ts';
import { inclusionNodes, makeInclusionProof } from '../integrity/tree-proof.ts';
import { verifyInclusion } from '../integrity/verify-tree-proof.ts';
import { recoverNodes } from '../ledger/recover-nodes.ts';
import type { RecordStore } from '../record-store/clickhouse.ts';
import { readTreeNodes } from '../record-store/tree-nodes.ts';
import { startTestStore } from '../test/support/test-store.ts';
import { mulberry32 } from './seeded.ts';

const size = Number(process.argv[2] ?? 10_000_000);
const PROOFS = 1_000;
const CHUNK = 250_000;
const logId = 'records/p0/e0';

const store = await startTestStore();
const migrator = await store.as('migrator');
const reader = await store.as('reader');
const nodesSeconds = await makeLog(migrator);
const root = await rootOfLog();
const random = mulberry32(1);
const took: number[] = [];
for (let at = 0; at < PROOFS; at += 1) {
  const index = Math.floor(random() * size);
  const startedMs = performance.now();
  const readNode = await readTreeNodes(reader, { logId, size }, inclusionNodes(index, size));
  const proof = makeInclusionProof(index, size, readNode);
  took.push(performance.now() - startedMs);
  const [row] = await reader.query<{ hash: string }>({
    sql: `SELECT hex(leaf_hash) AS hash FROM waybill.leaves WHERE log_id = '${logId}' AND leaf_index = ${index}`,
  });
  const leafHash = Buffer.from(row?.hash ?? '', 'hex');
  if (!verifyInclusion({ index, size, leafHash, root }, proof)) throw new Error('a proof is wrong');
}
const sorted = took.toSorted((a, b) => a - b);
const ms = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
console.log(`| leaves | ${size.toLocaleString('en')} |`);
console.log(`| all nodes made again, s | ${nodesSeconds.toFixed(1)} |`);
console.log(`| inclusion proof, ms: p50, p95, p99 | ${ms(0.5)}, ${ms(0.95)}, ${ms(0.99)} |`);
console.log(`| proofs made and verified | ${PROOFS} |`);
await store.stop();
process.exit(0);

async function makeLog(writer: RecordStore): Promise<number> {
  for (let from = 0; from < size; from += CHUNK) {
    await writer.command(`INSERT INTO waybill.leaves
      (log_id, leaf_index, tenant, seq, call_id, revision, append_time, leaf, leaf_hash)
      SELECT '${logId}', at, 'default', at, toFixedString(substring(SHA256(toString(at)), 1, 16), 16), 0,
        toDateTime64(1790000000 + at / 2500, 6), '', SHA256(concat('leaf ', toString(at)))
      FROM (SELECT ${from} + arrayJoin(range(${Math.min(CHUNK, size - from)})) AS at)`);
  }
  const startedMs = performance.now();
  await recoverNodes(writer, logId, size);
  return (performance.now() - startedMs) / 1000;
}

/** The root as the store's leaf hashes give it, read once from beginning to end. */
async function rootOfLog(): Promise<Uint8Array> {
  let range = emptyRange;
  for (let from = 0; from < size; from += CHUNK) {
    const rows = await reader.query<{ hash: string }>({
      sql: `SELECT hex(leaf_hash) AS hash FROM waybill.leaves WHERE log_id = '${logId}'
        AND leaf_index >= ${from} AND leaf_index < ${from + CHUNK} ORDER BY leaf_index`,
    });
    range = appendLeafHashes(
      range,
      rows.map(({ hash }) => Buffer.from(hash, 'hex')),
    );
  }
  return rootOf(range);
}
