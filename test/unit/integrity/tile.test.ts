import { assert, integer, property, string, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendLeafHashes, emptyRange, rootOf } from '../../../integrity/compact-range.ts';
import { decodeEntries, encodeEntries } from '../../../integrity/entry-bundle.ts';
import { IntegrityError } from '../../../integrity/errors.ts';
import {
  decodeTile,
  encodeTile,
  entriesPath,
  newTiles,
  nodeFromTile,
  parseTilePath,
  tileOfNode,
  tilePath,
  tilesOf,
} from '../../../integrity/tile.ts';
import { makeConsistencyProof, makeInclusionProof } from '../../../integrity/tree-proof.ts';
import type { TreeNode } from '../../../integrity/tree-proof.ts';
import { verifyConsistency, verifyInclusion } from '../../../integrity/verify-tree-proof.ts';
import { madeLeafHashes } from './rfc6962.ts';

describe('the tiles of a tree', () => {
  // By hand from the specification: full tiles floor(s / 256^(l+1)), partial width floor(s / 256^l) mod 256.
  it.each([
    [1, ['0:0+1']],
    [255, ['0:0+255']],
    [256, ['0:1', '1:0+1']],
    [257, ['0:1+1', '1:0+1']],
    [65_535, ['0:255+255', '1:0+255']],
    [65_536, ['0:256', '1:1', '2:0+1']],
    [70_000, ['0:273+112', '1:1+17', '2:0+1']],
  ])('of %i leaves are %j', (size, expected) => {
    expect(summaryOf(size)).toEqual(expected);
  });

  it('of 70,000 leaves make proofs of its leaves and of its growth', () => {
    const leaves = madeLeafHashes(70_000);
    const nodes = new Map<string, Uint8Array>();
    const range = appendLeafHashes(emptyRange, leaves, (level, index, hash) => {
      if (level % 8 === 0) nodes.set(`${level / 8} ${index}`, hash);
    });
    const files = new Map(
      tilesOf(range.size).map((tile) => {
        const hashes = Array.from({ length: tile.width }, (_, at) =>
          hashAt(nodes, tile.level, tile.index * 256 + at),
        );
        return [tilePath(tile), encodeTile(hashes)] as const;
      }),
    );
    expect(files.size).toBe(274 + 2 + 1);
    expect(files.get('tile/0/000')).toHaveLength(8_192);
    expect(files.get('tile/0/273.p/112')).toHaveLength(112 * 32);
    const readNode = (node: TreeNode) => {
      const tile = tileOfNode(node, range.size);
      const bytes = files.get(tilePath(tile)) ?? new Uint8Array(0);
      return nodeFromTile(node, decodeTile(bytes, tile.width));
    };
    const root = rootOf(range);
    for (const index of [0, 1, 255, 256, 65_535, 65_536, 69_887, 69_999]) {
      const claim = { index, size: range.size, leafHash: hashAt(nodes, 0, index), root };
      expect(verifyInclusion(claim, makeInclusionProof(index, range.size, readNode))).toBe(true);
    }
    for (const oldSize of [1, 255, 256, 257, 65_535, 65_536, 69_999]) {
      const oldRoot = rootOf(appendLeafHashes(emptyRange, leaves.slice(0, oldSize)));
      const claim = { oldSize, oldRoot, size: range.size, root };
      const proof = makeConsistencyProof(oldSize, range.size, readNode);
      expect(verifyConsistency(claim, proof)).toBe(true);
    }
  }, 120_000);

  it('that are new after growth are those that the smaller tree has not', () => {
    const sizes = [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 66_000];
    for (const oldSize of sizes) {
      for (const size of sizes.filter((other) => other >= oldSize)) {
        const old = new Set(tilesOf(oldSize).map(tilePath));
        const added = tilesOf(size).filter((tile) => !old.has(tilePath(tile)));
        expect(newTiles(oldSize, size)).toEqual(added);
      }
    }
  });

  it('hold no node that the tree has not', () => {
    expect(() => tileOfNode({ level: 8, index: 1 }, 511)).toThrow(RangeError);
    expect(tileOfNode({ level: 8, index: 1 }, 512)).toEqual({ level: 1, index: 0, width: 2 });
    expect(() => nodeFromTile({ level: 1, index: 1 }, madeLeafHashes(3))).toThrow(RangeError);
  });
});

describe('the path of a tile', () => {
  it.each([
    [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 0, index: 273, width: 112 }, 'tile/0/273.p/112'],
    [{ level: 1, index: 1, width: 17 }, 'tile/1/001.p/17'],
    [{ level: 2, index: 0, width: 1 }, 'tile/2/000.p/1'],
    [{ level: 63, index: 1000, width: 255 }, 'tile/63/x001/000.p/255'],
  ])('of %j is %s', (tile, path) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  it('of a bundle of entries has no level', () => {
    const bundle = { level: 'entries', index: 1_234_067, width: 5 } as const;
    expect(entriesPath(bundle)).toBe('tile/entries/x001/x234/067.p/5');
    expect(parseTilePath('tile/entries/x001/x234/067.p/5')).toEqual(bundle);
  });

  it.each([
    'tile/0/1',
    'tile/0/0001',
    'tile/0/x000/001',
    'tile/0/001/002',
    'tile/0/x001',
    'tile/00/001',
    'tile/64/001',
    'tile/-1/001',
    'tile/0/001.p/0',
    'tile/0/001.p/256',
    'tile/0/001.p/01',
    'tile/0/001.p/',
    'tile/8/0/001',
    '/tile/0/001',
    'tile/0/001\n',
    'tile/data/001',
    'tile/0/x999/x999/x999/x999/x999/999',
    'tile/0/../001',
    '',
  ])('is not %j', (path) => {
    expect(() => parseTilePath(path)).toThrow(IntegrityError);
  });

  it('is read to the tile that gave it, and other text is refused', () => {
    const tiles = tuple(
      integer({ min: 0, max: 63 }),
      integer({ min: 0, max: 2 ** 45 - 1 }),
      integer({ min: 1, max: 256 }),
    );
    assert(
      property(tiles, ([level, index, width]) => {
        const tile = { level, index, width };
        expect(parseTilePath(tilePath(tile))).toEqual(tile);
      }),
      { seed: 7, numRuns: 300 },
    );
    assert(
      property(string({ unit: 'grapheme-ascii', maxLength: 60 }), (text) => {
        expect(() => parseTilePath(`tile/${text}!`)).toThrow(IntegrityError);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('the bytes of tiles and bundles', () => {
  it('are refused where a tile is not as long as its width says', () => {
    const hashes = madeLeafHashes(3);
    const bytes = encodeTile(hashes);
    expect(decodeTile(bytes, 3)).toEqual(hashes.map((hash) => Uint8Array.from(hash)));
    for (const [given, width] of [
      [bytes, 2],
      [bytes, 4],
      [bytes.subarray(1), 3],
      [new Uint8Array(0), 0],
      [new Uint8Array(257 * 32), 257],
    ] as const) {
      expect(() => decodeTile(given, width)).toThrow(IntegrityError);
    }
  });

  it('hold entries behind their length in two bytes', () => {
    const entries = [Buffer.from('ab'), Buffer.alloc(0), Buffer.alloc(258, 'c')];
    const bytes = encodeEntries(entries);
    expect(Buffer.from(bytes).toString('latin1')).toBe(
      `\u0000\u0002ab\u0000\u0000\u0001\u0002${'c'.repeat(258)}`,
    );
    expect(decodeEntries(bytes, 3).map((entry) => Buffer.from(entry))).toEqual(entries);
    for (const [given, width] of [
      [bytes, 2],
      [bytes, 4],
      [bytes.subarray(0, -1), 3],
      [Uint8Array.of(0), 1],
      [Uint8Array.of(0, 0, 0), 1],
      [bytes, 0],
      [bytes, 257],
    ] as const) {
      expect(() => decodeEntries(given, width)).toThrow(IntegrityError);
    }
  });

  it('have no room for an entry of 65,536 bytes', () => {
    const longest = new Uint8Array(65_535);
    expect(decodeEntries(encodeEntries([longest]), 1).map((entry) => entry.length)).toEqual([
      65_535,
    ]);
    expect(() => encodeEntries([new Uint8Array(65_536)])).toThrow(RangeError);
  });
});

/** `level:fullTiles` and `+width` of the partial one, for each level. */
function summaryOf(size: number): readonly string[] {
  const levels = new Map<number, { full: number; partial: number }>();
  for (const { level, width } of tilesOf(size)) {
    const seen = levels.get(level) ?? { full: 0, partial: 0 };
    levels.set(
      level,
      width === 256 ? { ...seen, full: seen.full + 1 } : { ...seen, partial: width },
    );
  }
  return [...levels].map(
    ([level, { full, partial }]) => `${level}:${full}${partial > 0 ? `+${partial}` : ''}`,
  );
}

function hashAt(nodes: ReadonlyMap<string, Uint8Array>, level: number, index: number): Uint8Array {
  return nodes.get(`${level} ${index}`) ?? new Uint8Array(0);
}
