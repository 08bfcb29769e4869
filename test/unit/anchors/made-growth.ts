import { formatCheckpoint } from '../../../integrity/checkpoint.ts';
import { treeRoot } from '../../../integrity/compact-range.ts';
import { parsePolicy } from '../../../integrity/policy.ts';
import { signNote } from '../../../integrity/sign-note.ts';
import { makeConsistencyProof } from '../../../integrity/tree-proof.ts';
import { madeLeafHashes } from '../integrity/rfc6962.ts';
import * as golden from '../integrity/golden.ts';

/*
 * A log that grows, as its witnesses and anchors see it; and a fork of it, which parts behind its third leaf.
 */

export const leaves = madeLeafHashes(40);
export const fork = [...leaves.slice(0, 3), ...leaves.slice(4)];
export const policy = parsePolicy(`log ${golden.LOG_VKEY}\nquorum none\n`);
export const ORIGIN = golden.logSigner.key.name;

export async function headAt(size: number, hashes = leaves): Promise<string> {
  const root = treeRoot(hashes.slice(0, size));
  return signNote(formatCheckpoint({ origin: ORIGIN, size, root }), [golden.logSigner]);
}

export function growth(oldSize: number, size: number, hashes = leaves): readonly Uint8Array[] {
  return makeConsistencyProof(oldSize, size, ({ level, index }) =>
    treeRoot(hashes.slice(index * 2 ** level, (index + 1) * 2 ** level)),
  );
}
