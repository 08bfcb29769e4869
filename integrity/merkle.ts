import { hash } from 'node:crypto';

/** SHA-256(0x00 ‖ leaf), 32 bytes. Source: RFC 6962 §2.1. */
export function leafHash(leaf: Uint8Array): Buffer {
  if (leaf.length >= scratch.length) return sha256(LEAF, leaf);
  scratch.set(leaf, 1);
  return hash('sha256', scratch.subarray(0, leaf.length + 1), 'buffer');
}

// A leaf's bytes behind their 0x00, without a new buffer for each of millions.
const scratch = Buffer.alloc(64 * 1024);

/** SHA-256(0x01 ‖ left ‖ right), 32 bytes. Source: RFC 6962 §2.1. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(NODE, left, right);
}

/** The Merkle tree hash of leaves given by their leaf hashes. Source: RFC 6962 §2.1. */
export function treeRoot(leafHashes: readonly Uint8Array[]): Buffer {
  const [only] = leafHashes;
  if (only === undefined) return sha256();
  if (leafHashes.length === 1) return Buffer.from(only);
  const split = largestPowerOfTwoBelow(leafHashes.length);
  return nodeHash(treeRoot(leafHashes.slice(0, split)), treeRoot(leafHashes.slice(split)));
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

function sha256(...parts: readonly Uint8Array[]): Buffer {
  return hash('sha256', Buffer.concat(parts), 'buffer');
}

function largestPowerOfTwoBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
