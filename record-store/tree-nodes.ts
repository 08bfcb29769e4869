import { treeRoot } from '../integrity/compact-range.ts';
import { HASH_BYTES } from '../integrity/merkle.ts';
import { TILE_WIDTH, nodeFromTile, tileOfNode } from '../integrity/tile.ts';
import type { Tile } from '../integrity/tile.ts';
import type { ReadNode, TreeNode } from '../integrity/tree-proof.ts';
import { StoreError } from './errors.ts';

/** What is needed of a store to read hashes. */
export interface HashReader {
  query<Row>(statement: {
    readonly sql: string;
    readonly params: Readonly<Record<string, string | number>>;
  }): Promise<readonly Row[]>;
}

/**
 * Reads the hashes that a proof over the first `size` leaves of a log asks for, by tiles of 256: leaf hashes from `leaves`, the levels above from `nodes`; one
 * query, however large the tree. The function given throws `STORE_HASHES_MISSING` for a node that the store does not wholly hold.
 *
 * Hashes are all that is read, of all tenants: a proof over a shared log needs them, and they tell nothing of what was hashed.
 */
export async function readTreeNodes(
  store: HashReader,
  log: { readonly logId: string; readonly size: number },
  nodes: readonly TreeNode[],
): Promise<ReadNode> {
  const tiles = new Map(nodes.map((node) => tileOfNode(node, log.size)).map((t) => [nameOf(t), t]));
  const hashes = await readTiles(store, log.logId, [...tiles.values()]);
  return (node) => {
    const tile = tileOfNode(node, log.size);
    return nodeFromTile(node, hashes.get(nameOf(tile)) ?? []);
  };
}

/** The hashes of whole tiles by their names; throws `STORE_HASHES_MISSING` for a tile that the store does not wholly hold. */
async function readTiles(
  store: HashReader,
  logId: string,
  tiles: readonly Tile[],
): Promise<ReadonlyMap<string, readonly Uint8Array[]>> {
  const rows = await readHashes(store, logId, tiles);
  const found = new Map(rows.map(({ tile, hashes }) => [tile, hashesOf(hashes)]));
  for (const tile of tiles) {
    if (found.get(nameOf(tile))?.length === tile.width) continue;
    throw new StoreError('STORE_HASHES_MISSING', `${logId}, ${nameOf(tile)}`);
  }
  return found;
}

/** Roots of tiles of `level` whose hashes are the nodes of the level below, by the tile's number. */
export async function readTileRoots(
  store: HashReader,
  logId: string,
  { level, indexes }: { readonly level: number; readonly indexes: readonly number[] },
): Promise<ReadonlyMap<number, Uint8Array>> {
  const tiles = indexes.map((index) => ({ level: level - 1, index, width: TILE_WIDTH }));
  const hashes = await readTiles(store, logId, tiles);
  return new Map(tiles.map((tile) => [tile.index, treeRoot(hashes.get(nameOf(tile)) ?? [])]));
}

function hashesOf(hex: string): readonly Uint8Array[] {
  const bytes = Buffer.from(hex, 'hex');
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, at) =>
    bytes.subarray(HASH_BYTES * at, HASH_BYTES * (at + 1)),
  );
}

type HashRow = { readonly tile: string; readonly hashes: string };

async function readHashes(
  store: HashReader,
  logId: string,
  tiles: readonly Tile[],
): Promise<readonly HashRow[]> {
  if (tiles.length === 0) return [];
  const params: Record<string, string | number> = { log: logId };
  const branches = tiles.map((tile, at) => {
    params[`tile${at}`] = nameOf(tile);
    params[`from${at}`] = tile.index * TILE_WIDTH;
    params[`to${at}`] = tile.index * TILE_WIDTH + tile.width;
    const leaves = `SELECT leaf_index AS at, leaf_hash AS hash FROM waybill.leaves WHERE log_id = {log:String}
      AND leaf_index >= {from${at}:UInt64} AND leaf_index < {to${at}:UInt64}`;
    const nodes = `SELECT node_index AS at, hash FROM waybill.nodes WHERE log_id = {log:String}
      AND level = ${8 * tile.level} AND node_index >= {from${at}:UInt64} AND node_index < {to${at}:UInt64}`;
    // A node that was written twice, by an owner and the one after it, is the same.
    const rows = `SELECT DISTINCT at, hash FROM (${tile.level === 0 ? leaves : nodes}) ORDER BY at`;
    return `SELECT {tile${at}:String} AS tile, lower(arrayStringConcat(arrayMap(h -> hex(h), groupArray(hash)))) AS hashes FROM (${rows})`;
  });
  return store.query<HashRow>({ sql: branches.join('\nUNION ALL\n'), params });
}

function nameOf({ level, index, width }: Tile): string {
  return `${level}/${index}.${width}`;
}
