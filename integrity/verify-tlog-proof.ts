import { IntegrityError } from './errors.ts';
import { claimedOrigin, logKeys } from './log-keys.ts';
import { openCheckpoint } from './open-checkpoint.ts';
import type { OpenedCheckpoint } from './open-checkpoint.ts';
import { meetsQuorum } from './policy.ts';
import type { Policy } from './policy.ts';
import type { TlogProof } from './tlog-proof.ts';
import { verifyInclusion } from './verify-tree-proof.ts';

/**
 * The checkpoint of a proof that holds: signed by a log of the policy, cosigned as its quorum asks, and the leaf with this hash is in its
 * tree. Otherwise an `IntegrityError`: those of `openCheckpoint`, QUORUM_MISSED, PROOF_WRONG. Source: C2SP tlog-proof.
 */
export async function verifyTlogProof(
  proof: TlogProof,
  leafHash: Uint8Array,
  policy: Policy,
): Promise<OpenedCheckpoint> {
  const opened = await openByPolicy(proof.checkpoint, policy);
  checkInclusion(proof, leafHash, opened);
  return opened;
}

/** A checkpoint that the policy believes; errors as above. */
export async function openByPolicy(signed: string, policy: Policy): Promise<OpenedCheckpoint> {
  const logs = logKeys(policy, claimedOrigin(signed));
  const witnesses = policy.witnesses.map(({ key }) => key);
  const opened = await openCheckpoint(signed, logs, witnesses);
  const keys = new Set(opened.cosignatures.map(({ key }) => key));
  const named = policy.witnesses.filter(({ key }) => keys.has(key)).map(({ name }) => name);
  if (!meetsQuorum(policy, new Set(named))) {
    const detail = `cosigned by ${named.join(', ') || 'nobody known'}, which is not enough`;
    throw new IntegrityError('QUORUM_MISSED', detail);
  }
  return opened;
}

/** PROOF_WRONG unless the leaf is in the tree of the checkpoint at the index of the proof. */
export function checkInclusion(
  { index, hashes }: TlogProof,
  leafHash: Uint8Array,
  { checkpoint }: OpenedCheckpoint,
): void {
  const { size, root } = checkpoint;
  if (verifyInclusion({ index, size, leafHash, root }, hashes)) return;
  const detail = `no leaf ${index} of ${checkpoint.origin} with this hash under size ${size}`;
  throw new IntegrityError('PROOF_WRONG', detail);
}
