import { createHash } from 'node:crypto';

/*
 * RFC 6962 §2.1 as its recursive definitions read, for small trees: slow, and written apart from the code under test.
 */

export type Hash = Uint8Array;

/** Leaf hashes of the leaves `leaf 0`, `leaf 1`, … */
export function madeLeafHashes(count: number): readonly Hash[] {
  return Array.from({ length: count }, (_, index) => sha256([0], Buffer.from(`leaf ${index}`)));
}

export function mth(hashes: readonly Hash[]): Hash {
  const [only] = hashes;
  if (only === undefined) return sha256();
  if (hashes.length === 1) return only;
  const name = `${Buffer.from(only).toString('hex')} ${hashes.length}`;
  const known = computed.get(name);
  if (known) return known;
  const k = split(hashes.length);
  const hash = sha256([1], mth(hashes.slice(0, k)), mth(hashes.slice(k)));
  computed.set(name, hash);
  return hash;
}

// By first leaf and number of leaves: all trees here are cut from one list of different leaves.
const computed = new Map<string, Hash>();

/** PATH(m, D[n]), §2.1.1. */
export function path(m: number, hashes: readonly Hash[]): readonly Hash[] {
  if (hashes.length === 1) return [];
  const k = split(hashes.length);
  return m < k
    ? [...path(m, hashes.slice(0, k)), mth(hashes.slice(k))]
    : [...path(m - k, hashes.slice(k)), mth(hashes.slice(0, k))];
}

/** PROOF(m, D[n]) for 0 < m, §2.1.2. */
export function proof(m: number, hashes: readonly Hash[]): readonly Hash[] {
  return subproof(m, hashes, true);
}

function subproof(m: number, hashes: readonly Hash[], known: boolean): readonly Hash[] {
  if (m === hashes.length) return known ? [] : [mth(hashes)];
  const k = split(hashes.length);
  return m <= k
    ? [...subproof(m, hashes.slice(0, k), known), mth(hashes.slice(k))]
    : [...subproof(m - k, hashes.slice(k), false), mth(hashes.slice(0, k))];
}

function split(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}

function sha256(...parts: readonly (Uint8Array | readonly number[])[]): Hash {
  return createHash('sha256')
    .update(Buffer.concat(parts.map((part) => Uint8Array.from(part))))
    .digest();
}
