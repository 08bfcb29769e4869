import type { RecordStore } from '../record-store/clickhouse.ts';
import { RowBlock } from '../record-store/row-binary.ts';
import { readTileRoots } from '../record-store/tree-nodes.ts';
import { nodesTable } from '../schemas/tables.ts';
import { TILE_LEVELS } from './seal.ts';

/** Tiles read at once: 64 × 256 hashes. */
const TILES_MAX = 64;

/**
 * Writes the nodes of a log's tree that the store does not hold: those of the last moments before a crash, or what a store lost. They are made of
 * the hashes below them, which the store holds.
 */
export async function recoverNodes(
  { store, fence }: { readonly store: RecordStore; readonly fence: number },
  logId: string,
  size: number,
): Promise<void> {
  for (let level = TILE_LEVELS; 2 ** level <= size; level += TILE_LEVELS) {
    const missing = await missingNodes(store, {
      logId,
      level,
      count: Math.floor(size / 2 ** level),
    });
    for (let at = 0; at < missing.length; at += TILES_MAX) {
      const indexes = missing.slice(at, at + TILES_MAX);
      const roots = await readTileRoots(store, logId, { level: level / TILE_LEVELS, indexes });
      const block = new RowBlock(nodesTable);
      for (const [index, hash] of roots) block.add([logId, level, index, hash]);
      const token = `${logId}/recovered/${fence}/${level}/${indexes.join(',')}`;
      await store.insertRows(nodesTable, block.bytes(), { token });
    }
  }
}

async function missingNodes(
  store: RecordStore,
  {
    logId,
    level,
    count,
  }: { readonly logId: string; readonly level: number; readonly count: number },
): Promise<readonly number[]> {
  const sql = `SELECT at FROM (SELECT arrayJoin(range({count:UInt64})) AS at) WHERE at NOT IN (
    SELECT node_index FROM waybill.nodes WHERE log_id = {log:String} AND level = {level:UInt8})`;
  const rows = await store.query<{ at: number }>({ sql, params: { log: logId, level, count } });
  return rows.map(({ at }) => at);
}
