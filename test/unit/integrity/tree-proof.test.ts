import { describe, expect, it } from 'vitest';
import {
  consistencyNodes,
  inclusionNodes,
  makeConsistencyProof,
  makeInclusionProof,
} from '../../../integrity/tree-proof.ts';
import type { TreeNode } from '../../../integrity/tree-proof.ts';
import { verifyConsistency, verifyInclusion } from '../../../integrity/verify-tree-proof.ts';
import { madeLeafHashes, mth, path, proof } from './rfc6962.ts';

const SIZE_MAX = 100;
const leaves = madeLeafHashes(SIZE_MAX + 1);
const sizes = Array.from({ length: SIZE_MAX }, (_, index) => index + 1);
const roots = Array.from({ length: SIZE_MAX + 2 }, (_, size) => mth(leaves.slice(0, size)));

describe('inclusion proofs of every leaf of every tree to 100 leaves', () => {
  it('are those of RFC 6962, made of the nodes they said they would read', () => {
    for (const size of sizes) {
      for (let index = 0; index < size; index += 1) {
        const asked = new Set<string>();
        const made = makeInclusionProof(index, size, reading(asked));
        expect(hexOf(made)).toBe(hexOf(path(index, leaves.slice(0, size))));
        expect([...asked]).toEqual(inclusionNodes(index, size).map(nameOf));
      }
    }
  });

  it('verify, and with no bit flipped, hash more or less, other index, size, leaf or root', () => {
    let flips = 0;
    for (const size of sizes) {
      for (let index = 0; index < size; index += 1) {
        const claim = { index, size, leafHash: leafAt(index), root: rootAt(size) };
        const made = makeInclusionProof(index, size, readNode);
        expect(verifyInclusion(claim, made)).toBe(true);
        const bits = bitsToFlip(size, index);
        flips += bits.length;
        expect(countRefused(made, bits, (changed) => verifyInclusion(claim, changed))).toBe(
          made.length * bits.length,
        );
        expect(misshapen(made).some((changed) => verifyInclusion(claim, changed))).toBe(false);
        const other = [
          { ...claim, leafHash: leafAt(index + 1) },
          { ...claim, root: rootAt(size + 1) },
          { ...claim, index: index + 1 },
          { ...claim, index: index - 1 },
          { ...claim, index: size },
        ];
        expect(other.some((wrong) => verifyInclusion(wrong, made))).toBe(false);
      }
    }
    // 136 leaves of the trees to 16 with all 256 bits, the other 4,914 with two.
    expect(flips).toBe(136 * 256 + 4_914 * 2);
  }, 120_000);
});

describe('consistency proofs between all trees to 100 leaves', () => {
  it('are those of RFC 6962, made of the nodes they said they would read', () => {
    for (const size of sizes) {
      for (let oldSize = 1; oldSize <= size; oldSize += 1) {
        const asked = new Set<string>();
        const made = makeConsistencyProof(oldSize, size, reading(asked));
        expect(hexOf(made)).toBe(hexOf(proof(oldSize, leaves.slice(0, size))));
        expect([...asked]).toEqual(consistencyNodes(oldSize, size).map(nameOf));
      }
    }
  });

  it('verify, and with no bit flipped, hash more or less, other size or root', () => {
    for (const size of sizes) {
      for (let oldSize = 1; oldSize <= size; oldSize += 1) {
        const claim = { oldSize, oldRoot: rootAt(oldSize), size, root: rootAt(size) };
        const made = makeConsistencyProof(oldSize, size, readNode);
        expect(verifyConsistency(claim, made)).toBe(true);
        const bits = bitsToFlip(size, oldSize);
        expect(countRefused(made, bits, (changed) => verifyConsistency(claim, changed))).toBe(
          made.length * bits.length,
        );
        expect(misshapen(made).some((changed) => verifyConsistency(claim, changed))).toBe(false);
        const other = [
          { ...claim, oldRoot: rootAt(oldSize + 1) },
          { ...claim, root: rootAt(size + 1) },
          { ...claim, oldSize: size + 1 },
        ];
        expect(other.some((wrong) => verifyConsistency(wrong, made))).toBe(false);
      }
    }
  }, 120_000);

  it('say nothing of the empty tree, whose root is fixed', () => {
    const claim = { oldSize: 0, oldRoot: rootAt(0), size: 5, root: rootAt(5) };
    expect(verifyConsistency(claim, [])).toBe(true);
    expect(verifyConsistency(claim, [rootAt(5)])).toBe(false);
    expect(verifyConsistency({ ...claim, oldRoot: rootAt(1) }, [])).toBe(false);
    expect(verifyConsistency({ ...claim, size: 0 }, [])).toBe(false);
    expect(verifyConsistency({ ...claim, size: 0, root: rootAt(0) }, [])).toBe(true);
  });
});

describe('sizes and hashes that cannot be', () => {
  it.each([-1, 0.5, Number.NaN, 2 ** 53, Number.POSITIVE_INFINITY])('refuses %d', (value) => {
    const leaf = { index: 0, size: 1, leafHash: rootAt(1), root: rootAt(1) };
    expect(verifyInclusion(leaf, [])).toBe(true);
    expect(verifyInclusion({ ...leaf, index: value }, [])).toBe(false);
    expect(verifyInclusion({ ...leaf, size: value }, [])).toBe(false);
    const trees = { oldSize: 1, oldRoot: rootAt(1), size: 1, root: rootAt(1) };
    expect(verifyConsistency(trees, [])).toBe(true);
    expect(verifyConsistency({ ...trees, oldSize: value }, [])).toBe(false);
    expect(verifyConsistency({ ...trees, size: value }, [])).toBe(false);
    expect(() => makeInclusionProof(value, 8, readNode)).toThrow(RangeError);
    expect(() => makeInclusionProof(0, value, readNode)).toThrow(RangeError);
    expect(() => makeConsistencyProof(value, 8, readNode)).toThrow(RangeError);
    expect(() => makeConsistencyProof(1, value, readNode)).toThrow(RangeError);
  });

  it('refuses hashes that are not 32 bytes', () => {
    const claim = { index: 0, size: 2, leafHash: leafAt(0), root: rootAt(2) };
    expect(verifyInclusion(claim, [leafAt(1)])).toBe(true);
    expect(verifyInclusion(claim, [leafAt(1).subarray(0, 31)])).toBe(false);
    expect(verifyInclusion({ ...claim, leafHash: new Uint8Array(0) }, [leafAt(1)])).toBe(false);
  });

  it('works in trees beyond what 32 bits count', () => {
    const size = 2 ** 40 + 1;
    const nodes = inclusionNodes(2 ** 40, size);
    expect(nodes).toEqual([{ level: 40, index: 0 }]);
    expect(inclusionNodes(0, size)).toHaveLength(41);
    const node = () => leafAt(0);
    const made = makeInclusionProof(2 ** 39 + 12_345, size, node);
    const claim = { index: 2 ** 39 + 12_345, size, leafHash: leafAt(1), root: leafAt(2) };
    expect(made).toHaveLength(41);
    expect(verifyInclusion(claim, made)).toBe(false);
  });
});

/** Every bit of a hash in small trees; two in larger ones, others in each, so that all positions come. */
function bitsToFlip(size: number, index: number): readonly number[] {
  if (size <= 16) return Array.from({ length: 256 }, (_, bit) => bit);
  return [(size * 37 + index * 11) % 256, (size * 101 + index * 53 + 128) % 256];
}

/** How many flips, of these bits of each hash in turn, are refused. */
function countRefused(
  hashes: readonly Uint8Array[],
  bits: readonly number[],
  verifies: (changed: readonly Uint8Array[]) => boolean,
): number {
  const changed = hashes.map((hash) => Uint8Array.from(hash));
  let refused = 0;
  for (const hash of changed) {
    for (const bit of bits) {
      const at = bit >> 3;
      hash[at] = (hash[at] ?? 0) ^ (1 << (bit & 7));
      if (!verifies(changed)) refused += 1;
      hash[at] = (hash[at] ?? 0) ^ (1 << (bit & 7));
    }
  }
  return refused;
}

/** A proof with a hash more in front, behind, and with one less at either end. */
function misshapen(hashes: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const longer = [
    [...hashes, leafAt(0)],
    [leafAt(0), ...hashes],
  ];
  return hashes.length === 0 ? longer : [...longer, hashes.slice(1), hashes.slice(0, -1)];
}

function readNode({ level, index }: TreeNode): Uint8Array {
  return mth(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));
}

function reading(asked: Set<string>): (node: TreeNode) => Uint8Array {
  return (node) => {
    asked.add(nameOf(node));
    return readNode(node);
  };
}

function nameOf({ level, index }: TreeNode): string {
  return `${level} ${index}`;
}

function hexOf(hashes: readonly Uint8Array[]): string {
  return hashes.map((hash) => Buffer.from(hash).toString('hex')).join(' ');
}

function leafAt(index: number): Uint8Array {
  return leaves[index] ?? new Uint8Array(32);
}

function rootAt(size: number): Uint8Array {
  return roots[size] ?? new Uint8Array(32);
}
