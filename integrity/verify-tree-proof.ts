import { equalBytes } from './bytes.ts';
import { HASH_BYTES, emptyRoot, nodeHash } from './merkle.ts';

/** What is claimed: the leaf with this hash is number `index` (from 0) of the tree of `size` leaves with this root. */
export type InclusionClaim = {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly root: Uint8Array;
};

/** What is claimed: the tree of `oldSize` leaves is the beginning of the tree of `size` leaves. */
export type ConsistencyClaim = {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly size: number;
  readonly root: Uint8Array;
};

/**
 * Whether the proof shows the claim. The proof has exactly the hashes it needs, the leaf's sibling first: one more or one less is
 * no proof. Source: RFC 9162 §2.1.3.2.
 */
export function verifyInclusion(claim: InclusionClaim, proof: readonly Uint8Array[]): boolean {
  const { index, size, leafHash, root } = claim;
  if (!isSize(size) || !isSize(index) || index >= size) return false;
  if (![leafHash, root, ...proof].every(isHash)) return false;
  let at = index;
  let last = size - 1;
  let hash = leafHash;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(sibling, hash);
      [at, last] = upWhileLeftmost(at, last);
    } else {
      hash = nodeHash(hash, sibling);
    }
    at = half(at);
    last = half(last);
  }
  return last === 0 && equalBytes(hash, root);
}

/**
 * Whether the proof shows the claim. Equal sizes want equal roots and no hash; from the empty tree, whose root is fixed, every tree grows,
 * and the proof is empty too: it says nothing. Source: RFC 9162 §2.1.4.2.
 */
export function verifyConsistency(claim: ConsistencyClaim, proof: readonly Uint8Array[]): boolean {
  const { oldSize, oldRoot, size, root } = claim;
  if (!isSize(oldSize) || !isSize(size) || oldSize > size) return false;
  if (![oldRoot, root, ...proof].every(isHash)) return false;
  if (size === 0 && !equalBytes(root, emptyRoot())) return false;
  if (oldSize === 0) return proof.length === 0 && equalBytes(oldRoot, emptyRoot());
  if (oldSize === size) return proof.length === 0 && equalBytes(oldRoot, root);
  return growsTo(claim, isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof);
}

/** For 0 < old size < size; the path begins with the hash of the largest subtree that both trees end the old one with. */
function growsTo(claim: ConsistencyClaim, path: readonly Uint8Array[]): boolean {
  const [seed, ...rest] = path;
  if (seed === undefined || rest.length === 0) return false;
  let at = claim.oldSize - 1;
  let last = claim.size - 1;
  while (at % 2 === 1) {
    at = half(at);
    last = half(last);
  }
  let oldHash = seed;
  let hash = seed;
  for (const sibling of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      oldHash = nodeHash(sibling, oldHash);
      hash = nodeHash(sibling, hash);
      [at, last] = upWhileLeftmost(at, last);
    } else {
      hash = nodeHash(hash, sibling);
    }
    at = half(at);
    last = half(last);
  }
  return last === 0 && equalBytes(oldHash, claim.oldRoot) && equalBytes(hash, claim.root);
}

/** Up the levels on which the last node of a row has no sibling. */
function upWhileLeftmost(at: number, last: number): readonly [number, number] {
  let [low, high] = [at, last];
  while (low % 2 === 0 && low !== 0) {
    low = half(low);
    high = half(high);
  }
  return [low, high];
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function isPowerOfTwo(value: number): boolean {
  let rest = value;
  while (rest % 2 === 0) rest /= 2;
  return rest === 1;
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === HASH_BYTES;
}
