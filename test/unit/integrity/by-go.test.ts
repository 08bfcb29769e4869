import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../../../integrity/bytes.ts';
import { appendLeafHashes, emptyRange, rootOf } from '../../../integrity/compact-range.ts';
import { leafHash } from '../../../integrity/merkle.ts';
import { parsePolicy } from '../../../integrity/policy.ts';
import { encodeTile, parseTilePath, tilePath } from '../../../integrity/tile.ts';
import { formatTlogProof, parseTlogProof } from '../../../integrity/tlog-proof.ts';
import { makeConsistencyProof, makeInclusionProof } from '../../../integrity/tree-proof.ts';
import type { TreeNode } from '../../../integrity/tree-proof.ts';
import { verifyConsistency, verifyInclusion } from '../../../integrity/verify-tree-proof.ts';
import { verifyTlogProof } from '../../../integrity/verify-tlog-proof.ts';
import { makeOurs, readGoGolden } from '../../support/other-implementations/write-ours.ts';

const theirs = readGoGolden('by-go.json');
const SIZE = 70_000;
const nodes = new Map<number, Uint8Array[]>();
const roots = new Map<number, Uint8Array>();
growTree();

describe('what the libraries of Go and transparency-dev make', () => {
  it('has the roots and proofs that are made here, and they verify', () => {
    expect(theirs.trees.length).toBeGreaterThan(10);
    for (const { size, root, inclusion, consistency } of theirs.trees) {
      const rootHash = fromBase64(root);
      expect(toBase64(rootAt(size))).toBe(root);
      for (const { index, hashes } of inclusion) {
        expect(makeInclusionProof(index, size, readNode).map(toBase64)).toEqual(hashes);
        const claim = { index, size, leafHash: readNode({ level: 0, index }), root: rootHash };
        expect(verifyInclusion(claim, hashes.map(fromBase64))).toBe(true);
      }
      for (const { oldSize, hashes } of consistency) {
        expect(makeConsistencyProof(oldSize, size, readNode).map(toBase64)).toEqual(hashes);
        const claim = { oldSize, oldRoot: rootAt(oldSize), size, root: rootHash };
        expect(verifyConsistency(claim, hashes.map(fromBase64))).toBe(true);
      }
    }
  });

  it('has the tiles that are made here, by path and by bytes', () => {
    for (const { level, index, width, path, sha256 } of theirs.tiles) {
      expect(tilePath({ level, index, width })).toBe(path);
      expect(parseTilePath(path)).toEqual({ level, index, width });
      if (sha256 === undefined) continue;
      const row = nodes.get(level * 8) ?? [];
      const bytes = encodeTile(row.slice(index * 256, index * 256 + width));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    }
    expect(theirs.tiles.length).toBeGreaterThan(20);
  });

  it('has a checkpoint, cosignature and proof that verify', async () => {
    const { logVkey, witnessVkey, leaf, proof, checkpoint } = theirs.signed;
    const parsed = parseTlogProof(proof);
    expect(formatTlogProof(parsed)).toBe(proof);
    expect(parsed.checkpoint).toBe(checkpoint);
    const policy = parsePolicy(`log ${logVkey}\nwitness w ${witnessVkey}\nquorum w\n`);
    const opened = await verifyTlogProof(parsed, leafHash(Buffer.from(leaf)), policy);
    expect(opened.checkpoint.size).toBe(1_000);
    expect(opened.cosignatures[0]?.timestampS).toBeGreaterThan(1_790_000_000);
  });
});

describe('what those libraries accepted', () => {
  it('is what is made here', async () => {
    expect(await makeOurs()).toEqual(readGoGolden('ours.json'));
  });
});

function growTree(): void {
  const wanted = new Set<number>();
  for (const { size, consistency } of theirs.trees) {
    for (const one of [size, ...consistency.map(({ oldSize }) => oldSize)]) wanted.add(one);
  }
  let range = emptyRange;
  for (const size of [...wanted].toSorted((a, b) => a - b)) {
    const hashes = Array.from({ length: size - range.size }, (_, at) =>
      leafHash(Buffer.from(`leaf ${range.size + at}`)),
    );
    range = appendLeafHashes(range, hashes, (level, index, hash) => {
      const row = nodes.get(level) ?? [];
      row[index] = hash;
      nodes.set(level, row);
    });
    roots.set(size, rootOf(range));
  }
  expect(range.size).toBe(SIZE);
}

function readNode({ level, index }: TreeNode): Uint8Array {
  return nodes.get(level)?.[index] ?? new Uint8Array(0);
}

function rootAt(size: number): Uint8Array {
  return roots.get(size) ?? new Uint8Array(0);
}
