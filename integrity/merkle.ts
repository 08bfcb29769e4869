import { sha256 } from './primitives.ts';

/** Bytes of a hash. */
export const HASH_BYTES = 32;

/** The root of the tree without leaves: SHA-256 of nothing. Source: RFC 6962 §2.1. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0));
}

/** SHA-256(0x00 ‖ leaf), 32 bytes. Source: RFC 6962 §2.1. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  const room = leaf.length < leafScratch.length ? leafScratch : new Uint8Array(leaf.length + 1);
  room.set(leaf, 1);
  return sha256(room.subarray(0, leaf.length + 1));
}

/** SHA-256(0x01 ‖ left ‖ right), 32 bytes, of two hashes of 32 bytes. Source: RFC 6962 §2.1. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeScratch.set(left, 1);
  nodeScratch.set(right, 1 + HASH_BYTES);
  return sha256(nodeScratch);
}

// Bytes behind their prefix (0x00 of a leaf, 0x01 of a node), without a new buffer for each of millions.
const leafScratch = new Uint8Array(64 * 1024);
const nodeScratch = new Uint8Array(1 + 2 * HASH_BYTES).fill(1, 0, 1);
