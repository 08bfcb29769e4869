import { treeRoot } from '../../integrity/compact-range.ts';
import { leafHash } from '../../integrity/merkle.ts';
import type { SignRequest } from '../../signer/signer.ts';
import { proofBetween } from './proof-between.ts';

export const GROWN_LOG = 'records/p0/e0';
export const grownLeaves = Array.from({ length: 40 }, (_, at) =>
  leafHash(Buffer.from(`leaf ${at}`)),
);

/** A request to sign a tree of `grownLeaves` that grew from one size to another. */
export function growth(
  oldSize: number,
  size: number,
  changes: Partial<SignRequest> = {},
): SignRequest {
  const root = treeRoot(grownLeaves.slice(0, size));
  const proof = proofBetween(grownLeaves.slice(0, size), oldSize);
  return { logId: GROWN_LOG, oldSize, size, root, proof, fence: 1, ...changes };
}
