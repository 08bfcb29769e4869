import { IntegrityError } from './errors.ts';
import { HASH_BYTES, emptyRoot, nodeHash } from './merkle.ts';

/**
 * All that must be kept of a tree to let it grow: the roots of the perfect subtrees that its leaves fall into, left to right, largest first.
 * One hash for each bit that is set in `size`, so at most 53.
 */
export type CompactRange = { readonly size: number; readonly hashes: readonly Uint8Array[] };

/** Told of each node that became complete: it covers the leaves from index × 2^level to (index + 1) × 2^level. */
export type OnNode = (level: number, index: number, hash: Uint8Array) => void;

export const emptyRange: CompactRange = { size: 0, hashes: [] };

/**
 * The range after these leaf hashes were appended; the range given is left as it was. `onNode` hears of every node that became complete,
 * leaves (level 0) included, children before parents: each node of a tree is told exactly once in its life.
 */
export function appendLeafHashes(
  range: CompactRange,
  leafHashes: Iterable<Uint8Array>,
  onNode?: OnNode,
): CompactRange {
  const hashes = [...range.hashes];
  let { size } = range;
  for (const leafHash of leafHashes) {
    appendOne(hashes, size, leafHash, onNode);
    size += 1;
  }
  return { size, hashes };
}

function appendOne(
  hashes: Uint8Array[],
  size: number,
  leafHash: Uint8Array,
  onNode: OnNode | undefined,
): void {
  let hash = leafHash;
  let index = size;
  let level = 0;
  onNode?.(level, index, hash);
  for (; index % 2 === 1; level += 1) {
    hash = nodeHash(hashes.pop() ?? hash, hash);
    index = (index - 1) / 2;
    onNode?.(level + 1, index, hash);
  }
  hashes.push(hash);
}

/** The root of the tree of which this is the range. Source: RFC 6962 §2.1. */
export function rootOf(range: CompactRange): Uint8Array {
  return foldSubtrees(range.hashes);
}

/** The root over adjacent perfect subtrees, left to right, each larger than the next. */
export function foldSubtrees(hashes: readonly Uint8Array[]): Uint8Array {
  const last = hashes.at(-1);
  if (last === undefined) return emptyRoot();
  return hashes.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/** The Merkle tree hash of leaves given by their leaf hashes. Source: RFC 6962 §2.1. */
export function treeRoot(leafHashes: Iterable<Uint8Array>): Uint8Array {
  return rootOf(appendLeafHashes(emptyRange, leafHashes));
}

/** A range read from outside: RANGE_MALFORMED unless it has exactly the hashes that its size wants. */
export function readRange(size: number, hashes: readonly Uint8Array[]): CompactRange {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new IntegrityError('RANGE_MALFORMED', `${size} is no size of a tree`);
  }
  const wanted = setBits(size);
  if (hashes.length !== wanted || hashes.some((hash) => hash.length !== HASH_BYTES)) {
    const detail = `a tree of ${size} leaves has ${wanted} hashes of ${HASH_BYTES} bytes`;
    throw new IntegrityError('RANGE_MALFORMED', detail);
  }
  return { size, hashes };
}

function setBits(value: number): number {
  let count = 0;
  for (let rest = value; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
