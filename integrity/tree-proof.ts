import { foldSubtrees } from './compact-range.ts';

/** A node of a tree: the hash over the leaves from index × 2^level to (index + 1) × 2^level, all of which exist. */
export type TreeNode = { readonly level: number; readonly index: number };

/** Gives the hash of a node that the tree has. What it throws, making a proof throws. */
export type ReadNode = (node: TreeNode) => Uint8Array;

/** Leaves [start, end) of which a proof holds one hash. */
type LeafRange = { readonly start: number; readonly end: number };

/**
 * The nodes that `makeInclusionProof` will ask for, so that they can be read at once. Throws a `RangeError` unless index < size.
 */
export function inclusionNodes(index: number, size: number): readonly TreeNode[] {
  return inclusionRanges(index, size).flatMap(perfectSubtrees);
}

/** The nodes that `makeConsistencyProof` will ask for. Throws a `RangeError` unless old size ≤ size. */
export function consistencyNodes(oldSize: number, size: number): readonly TreeNode[] {
  return consistencyRanges(oldSize, size).flatMap(perfectSubtrees);
}

/** The nodes whose hashes are the compact range of the first `size` leaves, left to right. */
export function rangeNodes(size: number): readonly TreeNode[] {
  return perfectSubtrees({ start: 0, end: size });
}

/** PATH(index, D[size]), the sibling of the leaf first; at most 53 hashes. Source: RFC 6962 §2.1.1. */
export function makeInclusionProof(
  index: number,
  size: number,
  readNode: ReadNode,
): readonly Uint8Array[] {
  return inclusionRanges(index, size).map((range) => hashOf(range, readNode));
}

/** PROOF(oldSize, D[size]); empty for old size 0 and for equal sizes. Source: RFC 6962 §2.1.2. */
export function makeConsistencyProof(
  oldSize: number,
  size: number,
  readNode: ReadNode,
): readonly Uint8Array[] {
  return consistencyRanges(oldSize, size).map((range) => hashOf(range, readNode));
}

function hashOf(range: LeafRange, readNode: ReadNode): Uint8Array {
  return foldSubtrees(perfectSubtrees(range).map(readNode));
}

function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  if (!isSize(size) || !isSize(index) || index >= size) {
    throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`);
  }
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const split = start + largestPowerOfTwoBelow(end - start);
    ranges.push(index < split ? { start: split, end } : { start, end: split });
    if (index < split) end = split;
    else start = split;
  }
  return ranges.reverse();
}

function consistencyRanges(oldSize: number, size: number): readonly LeafRange[] {
  if (!isSize(size) || !isSize(oldSize) || oldSize > size) {
    throw new RangeError(`a tree of ${size} leaves has no earlier one of ${oldSize}`);
  }
  if (oldSize === 0) return [];
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = size;
  while (oldSize < end) {
    const split = start + largestPowerOfTwoBelow(end - start);
    ranges.push(oldSize <= split ? { start: split, end } : { start, end: split });
    if (oldSize <= split) end = split;
    else start = split;
  }
  // The subtree that ends where the old tree ended; its hash is the old root, which is known, if it is the whole of it.
  if (start > 0) ranges.push({ start, end });
  return ranges.reverse();
}

/** A range whose start is a multiple of the power of two that holds it, as perfect subtrees from left to right. */
function perfectSubtrees({ start, end }: LeafRange): readonly TreeNode[] {
  const nodes: TreeNode[] = [];
  let at = start;
  while (at < end) {
    let level = 0;
    let width = 1;
    while (at % (width * 2) === 0 && at + width * 2 <= end) {
      width *= 2;
      level += 1;
    }
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}

function largestPowerOfTwoBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
