import type { RecordStore } from '../record-store/clickhouse.ts';
import { StoreError } from '../record-store/errors.ts';
import type { RowBlock } from '../record-store/row-binary.ts';
import { LedgerError } from './errors.ts';
import type { LedgerMetrics } from './metrics.ts';
import { pause } from './pause.ts';
import type { SealedBatch } from './seal.ts';
import type { Intent } from './state.ts';

export type InsertParts = {
  readonly store: RecordStore;
  readonly metrics: LedgerMetrics;
  /** Bound of the first wait after a failure, milliseconds; it doubles. */
  readonly retryFirstMs: number;
  readonly retryMsMax: number;
  /** Ends the waiting for a store that fails; then a batch stays unfinished, to be repeated. */
  readonly signal: AbortSignal;
};

/**
 * Brings the rows of a batch into the store, each table as one block, the leaves when all else is there: whoever sees a leaf can count on the
 * rows. Returns when all are there, once each. While the store fails with a retryable error it tries again, for as long as it takes. Throws
 * what is permanent, and the signal's reason.
 *
 * `uncertain`: the batch may have been written before, by us before a crash or by an owner before us.
 */
export async function insertBatch(
  parts: InsertParts,
  batch: SealedBatch,
  uncertain: boolean,
): Promise<void> {
  const { leaves, ...derived } = batch.blocks;
  const insert = async (block: RowBlock): Promise<void> =>
    insertBlock(parts, batch, block, uncertain);
  await Promise.all(Object.values(derived).map(insert));
  await insert(leaves);
}

async function insertBlock(
  parts: InsertParts,
  batch: SealedBatch,
  block: RowBlock,
  uncertain: boolean,
): Promise<void> {
  if (block.rows === 0) return;
  const { store, metrics } = parts;
  const { intent } = batch;
  const token = `${intent.logId}/${intent.digest}/${block.table.name}`;
  const bytes = block.bytes();
  let doubtful = uncertain;
  await untilTaken(parts, async () => {
    if (doubtful && (await isThere(store, batch, block))) return;
    // From here on the block may be there or not: the store is asked before it is written again.
    doubtful = true;
    await store.insertRows(block.table, bytes, { token });
    metrics.rowsInserted += block.rows;
  });
}

/** Tries again while the store fails with a retryable error, for as long as it takes. Throws what is permanent, and the signal's reason. */
export async function untilTaken(parts: InsertParts, action: () => Promise<void>): Promise<void> {
  const { metrics, signal } = parts;
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      await action();
      metrics.storeTrouble = null;
      return;
    } catch (error) {
      if (!(error instanceof StoreError) || !error.retryable) throw error;
      metrics.storeRetries += 1;
      metrics.storeTrouble = error.code;
      await pause(Math.min(parts.retryMsMax, parts.retryFirstMs * 2 ** attempt), signal);
    }
  }
}

/**
 * Whether the store holds all rows of the block. Some of them means that a part of the block (a month of it) is there: a repeat with
 * the same token brings the others only.
 */
async function isThere(
  store: RecordStore,
  { intent, erased }: SealedBatch,
  block: RowBlock,
): Promise<boolean> {
  const { name } = block.table;
  const [row] = await store.query<{ rows: number }>(rowsQuery(name, intent));
  const rows = row?.rows ?? 0;
  // Values whose keys were destroyed after they were written are there until the eraser has deleted them.
  const gone = name === 'payloads' ? erased.flatMap(({ record }) => record.fields).length : 0;
  if (rows > block.rows + gone) {
    const detail = `${name} of ${intent.logId} ${intent.first}+${intent.count}: ${rows} rows for ${block.rows}.`;
    throw new LedgerError('LEDGER_ROWS_DOUBLED', detail);
  }
  return rows >= block.rows;
}

// Table `registry` has the offset of its event in the place of log and leaf.
function rowsQuery(table: string, intent: Intent) {
  if (table === 'registry') {
    const sql =
      'SELECT count() AS rows FROM waybill.registry WHERE version >= {from:Int64} AND version < {to:Int64}';
    return { sql, params: { from: intent.from, to: intent.to } };
  }
  const sql = `SELECT count() AS rows FROM waybill.${table}
    WHERE log_id = {log:String} AND leaf_index >= {first:UInt64} AND leaf_index < {end:UInt64}`;
  const end = intent.first + intent.count;
  return { sql, params: { log: intent.logId, first: intent.first, end } };
}
