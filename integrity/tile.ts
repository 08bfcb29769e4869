import { IntegrityError } from './errors.ts';
import { HASH_BYTES, nodeHash } from './merkle.ts';
import type { TreeNode } from './tree-proof.ts';

/** Hashes in a full tile, and the number of leaves under one hash of the next level of tiles. */
export const TILE_WIDTH = 256;
/** Levels of a tree that one level of tiles spans: 2^8 = 256. */
const TILE_HEIGHT = 8;
/** The highest level of tiles that the format has. Source: C2SP tlog-tiles. */
const TILE_LEVEL_MAX = 63;

/**
 * Tile `index` of `level`: the hashes of `width` consecutive nodes of level 8 × `level`, beginning with node `index` × 256. A width below 256
 * is a partial tile: the right edge of a tree. Source: C2SP tlog-tiles.
 */
export type Tile = { readonly level: number; readonly index: number; readonly width: number };

/** Every tile of a tree of this size, by level, left to right. */
export function tilesOf(size: number): readonly Tile[] {
  return newTiles(0, size);
}

/** The tiles that a tree of `size` has and the one of `oldSize`, at its beginning, has not: new ones and wider ones. */
export function newTiles(oldSize: number, size: number): readonly Tile[] {
  const tiles: Tile[] = [];
  let [oldNodes, nodes] = [oldSize, size];
  for (let level = 0; nodes > 0; level += 1) {
    for (let index = Math.floor(oldNodes / TILE_WIDTH); index * TILE_WIDTH < nodes; index += 1) {
      const width = Math.min(TILE_WIDTH, nodes - index * TILE_WIDTH);
      if (index * TILE_WIDTH + width > oldNodes) tiles.push({ level, index, width });
    }
    oldNodes = Math.floor(oldNodes / TILE_WIDTH);
    nodes = Math.floor(nodes / TILE_WIDTH);
  }
  return tiles;
}

/** The tile of a tree of `size` in which the hashes under a node lie. Throws a `RangeError` for a node that such a tree has not. */
export function tileOfNode(node: TreeNode, size: number): Tile {
  const { level, first } = placeInTiles(node);
  const index = Math.floor(first / TILE_WIDTH);
  const width = Math.min(TILE_WIDTH, Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH);
  if ((node.index + 1) * 2 ** node.level > size) {
    throw new RangeError(
      `a tree of ${size} leaves has no node ${node.index} of level ${node.level}`,
    );
  }
  return { level, index, width };
}

/** The hash of a node out of the hashes of the tile it lies in. */
export function nodeFromTile(node: TreeNode, tileHashes: readonly Uint8Array[]): Uint8Array {
  const { first, count } = placeInTiles(node);
  const start = first % TILE_WIDTH;
  let row = tileHashes.slice(start, start + count);
  if (row.length !== count) throw new RangeError('the tile is too narrow for the node');
  while (row.length > 1) row = parentsOf(row);
  const [hash] = row;
  if (hash === undefined) throw new RangeError('the tile holds nothing of the node');
  return hash;
}

function placeInTiles(node: TreeNode): {
  readonly level: number;
  readonly first: number;
  readonly count: number;
} {
  const level = Math.floor(node.level / TILE_HEIGHT);
  const count = 2 ** (node.level % TILE_HEIGHT);
  return { level, first: node.index * count, count };
}

function parentsOf(row: readonly Uint8Array[]): Uint8Array[] {
  const parents: Uint8Array[] = [];
  let left: Uint8Array | undefined;
  for (const hash of row) {
    if (left) parents.push(nodeHash(left, hash));
    left = left ? undefined : hash;
  }
  return parents;
}

/** A tile's bytes: its hashes one after the other, so a full one has 8,192. */
export function encodeTile(hashes: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(hashes.length * HASH_BYTES);
  hashes.forEach((hash, index) => bytes.set(hash, index * HASH_BYTES));
  return bytes;
}

/** The hashes of a tile of this width; TILE_MALFORMED for bytes of another length. */
export function decodeTile(bytes: Uint8Array, width: number): readonly Uint8Array[] {
  if (width < 1 || width > TILE_WIDTH || bytes.length !== width * HASH_BYTES) {
    throw new IntegrityError('TILE_MALFORMED', `${bytes.length} bytes are no tile of ${width}`);
  }
  return Array.from({ length: width }, (_, index) =>
    bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES),
  );
}

/** `tile/<level>/<index>[.p/<width>]`, the index in groups of three digits: 1234067 is `x001/x234/067`. */
export function tilePath({ level, index, width }: Tile): string {
  return `tile/${level}/${indexPath(index)}${widthPath(width)}`;
}

/** `tile/entries/<index>[.p/<width>]`: the leaves under a tile of level 0. */
export function entriesPath({ index, width }: Omit<Tile, 'level'>): string {
  return `tile/entries/${indexPath(index)}${widthPath(width)}`;
}

function indexPath(index: number): string {
  const digits = String(index);
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? [];
  return groups.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/');
}

function widthPath(width: number): string {
  return width === TILE_WIDTH ? '' : `.p/${width}`;
}

/**
 * What a path names: a tile, or with level `entries` a bundle of leaves. TILE_MALFORMED for any spelling but the one that `tilePath` and
 * `entriesPath` give.
 */
export function parseTilePath(
  path: string,
): Tile | { readonly level: 'entries'; readonly index: number; readonly width: number } {
  const match = TILE_PATH.exec(path);
  if (match === null || path.length > PATH_LENGTH_MAX) throw malformedPath();
  const [, levelText = '', groups = '', widthText = String(TILE_WIDTH)] = match;
  const index = Number(groups.replaceAll(/[x/]/g, ''));
  const width = Number(widthText);
  if (!Number.isSafeInteger(index * TILE_WIDTH)) throw malformedPath();
  const isEntries = levelText === 'entries';
  const spelled = isEntries
    ? entriesPath({ index, width })
    : tilePath({ level: Number(levelText), index, width });
  if (spelled !== path || width < 1 || Number(levelText) > TILE_LEVEL_MAX) throw malformedPath();
  if (match[3] !== undefined && width === TILE_WIDTH) throw malformedPath();
  return isEntries
    ? { level: 'entries', index, width }
    : { level: Number(levelText), index, width };
}

const TILE_PATH =
  /^tile\/(entries|[0-9]{1,2})\/((?:x[0-9]{3}\/){0,5}[0-9]{3})(?:\.p\/([0-9]{1,3}))?$/;
/** `tile/entries/` and six groups and a width. */
const PATH_LENGTH_MAX = 48;

function malformedPath(): IntegrityError {
  return new IntegrityError('TILE_MALFORMED', 'not the path of a tile or an entry bundle');
}
