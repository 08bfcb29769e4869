import type { RecordStore } from '../record-store/clickhouse.ts';
import { SiemExporterError } from './errors.ts';
import type { SealedLeaf, SealedReader } from './sealed-leaf.ts';

/** The sealed leaves of table `leaves`, which the ledger writes last: what stands there is in the other tables too. */
export function storedLeaves(store: RecordStore): SealedReader {
  return {
    read: async (logId, from, { leavesMax, bytesMax }) => {
      const range = { log: logId, from, to: from + leavesMax };
      const sizes = await store.query<{ bytes: number }>({ sql: sizesSql, params: range });
      if (sizes.length === 0) return [];
      const to = from + fitting(sizes, bytesMax);
      const rows = await store.query<LeafRow>({ sql: leavesSql, params: { ...range, to } });
      return dense(rows.map(leafOf), from);
    },
    sealedSize: async (logId, from) => {
      const params = { log: logId, from };
      const [row] = await store.query<{ size: number }>({ sql: sizeSql, params });
      return Math.max(from, row?.size ?? 0);
    },
  };
}

const where = 'log_id = {log:String} AND leaf_index >= {from:UInt64}';

// Sizes first, since a read is bounded in bytes: `length` of a text column reads no text.
const sizesSql = `
SELECT length(leaf) AS bytes FROM waybill.leaves
WHERE ${where} AND leaf_index < {to:UInt64} ORDER BY leaf_index`;

const leavesSql = `
SELECT log_id, leaf_index, tenant, seq, toUnixTimestamp64Micro(append_time) AS append_time_us,
  leaf, lower(hex(leaf_hash)) AS leaf_hash
FROM waybill.leaves
WHERE ${where} AND leaf_index < {to:UInt64} ORDER BY leaf_index`;

const sizeSql = `SELECT max(leaf_index) + 1 AS size FROM waybill.leaves WHERE ${where}`;

type LeafRow = {
  readonly log_id: string;
  readonly leaf_index: number;
  readonly tenant: string;
  readonly seq: number;
  readonly append_time_us: number;
  readonly leaf: string;
  readonly leaf_hash: string;
};

function leafOf(row: LeafRow): SealedLeaf {
  return {
    logId: row.log_id,
    leafIndex: row.leaf_index,
    tenant: row.tenant,
    sequence: row.seq,
    appendTimeUs: row.append_time_us,
    leaf: row.leaf,
    leafHash: row.leaf_hash,
  };
}

/** How many leaves from the first on fit; at least one. */
function fitting(sizes: readonly { readonly bytes: number }[], bytesMax: number): number {
  let total = 0;
  let count = 0;
  for (const { bytes } of sizes) {
    total += bytes;
    if (count > 0 && total > bytesMax) break;
    count += 1;
  }
  return count;
}

// An index that is not there while a later one is: waited for, never passed over. What comes before it is good.
function dense(leaves: readonly SealedLeaf[], from: number): readonly SealedLeaf[] {
  const gap = leaves.findIndex(({ leafIndex }, at) => leafIndex !== from + at);
  if (gap === 0) throw new SiemExporterError('SIEM_LEAF_MISSING', `leaf ${from}`);
  return gap === -1 ? leaves : leaves.slice(0, gap);
}
