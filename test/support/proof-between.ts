import { treeRoot } from '../../integrity/compact-range.ts';
import { makeConsistencyProof } from '../../integrity/tree-proof.ts';

/** The consistency proof from the first `oldSize` leaves to all of them. */
export function proofBetween(
  leafHashes: readonly Uint8Array[],
  oldSize: number,
): readonly Uint8Array[] {
  return makeConsistencyProof(oldSize, leafHashes.length, ({ level, index }) => {
    return treeRoot(leafHashes.slice(index * 2 ** level, (index + 1) * 2 ** level));
  });
}
