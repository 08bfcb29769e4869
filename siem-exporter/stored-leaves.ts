import type { RecordStore } from '../record-store/clickhouse.ts';
import { SiemExporterError } from './errors.ts';
import type { SealedLeaf, SealedReader } from './sealed-leaf.ts';

/** The sealed leaves of table `leaves`, which the ledger writes last: what stands there is in the other tables too. */
export function storedLeaves(store: RecordStore): SealedReader {
  return {
    read: async (logId, from, { leavesMax, bytesMax }) => {
      const params = { log: logId, from, leaves: leavesMax };
      const sizes = await store.query<LeafSize>({ sql: sizesSql, params });
      if (sizes.length === 0) return [];
      const to = from + fitting(sizes, from, bytesMax);
      const rows = await store.query<LeafRow>({ sql: leavesSql, params: { log: logId, from, to } });
      return rows.map(leafOf);
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
SELECT leaf_index, length(leaf) AS bytes FROM waybill.leaves
WHERE ${where} ORDER BY leaf_index LIMIT {leaves:UInt64}`;

const leavesSql = `
SELECT log_id, leaf_index, tenant, seq, toUnixTimestamp64Micro(append_time) AS append_time_us,
  leaf, lower(hex(leaf_hash)) AS leaf_hash
FROM waybill.leaves
WHERE ${where} AND leaf_index < {to:UInt64} ORDER BY leaf_index`;

const sizeSql = `SELECT max(leaf_index) + 1 AS size FROM waybill.leaves WHERE ${where}`;

type LeafSize = { readonly leaf_index: number; readonly bytes: number };

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

/**
 * How many leaves from the first on are dense and fit; at least one. An index that is not there while a later one is, is waited for and
 * never passed over; what comes before it is good.
 */
function fitting(sizes: readonly LeafSize[], from: number, bytesMax: number): number {
  let total = 0;
  let count = 0;
  for (const { leaf_index: leafIndex, bytes } of sizes) {
    total += bytes;
    if (leafIndex !== from + count || (count > 0 && total > bytesMax)) break;
    count += 1;
  }
  if (count === 0) throw new SiemExporterError('SIEM_LEAF_MISSING', `leaf ${from}`);
  return count;
}
