import { equalBytes } from '../integrity/bytes.ts';
import type { Checkpoint } from '../integrity/checkpoint.ts';
import { IntegrityError } from '../integrity/errors.ts';
import { claimedOrigin, logKeys } from '../integrity/log-keys.ts';
import { emptyRoot } from '../integrity/merkle.ts';
import { openCheckpoint } from '../integrity/open-checkpoint.ts';
import type { OpenedCheckpoint } from '../integrity/open-checkpoint.ts';
import type { Policy } from '../integrity/policy.ts';
import { verifyConsistency } from '../integrity/verify-tree-proof.ts';
import type { AddCheckpoint } from './add-checkpoint.ts';

/** What a witness remembers of a log. */
export type WitnessedHead = { readonly size: number; readonly root: Uint8Array };

/** What a witness makes of a request: it cosigns, or answers with this status. 409 tells the size that it knows. Source: C2SP tlog-witness. */
export type Judgement =
  | { readonly kind: 'cosign'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'conflict'; readonly size: number }
  | { readonly kind: 'refuse'; readonly status: 400 | 403 | 404 | 422; readonly reason: string };

/** The checkpoint of a request, once its log is known and signed it; else the refusal. */
export async function openRequest(
  { checkpoint }: AddCheckpoint,
  policy: Policy,
): Promise<OpenedCheckpoint | Extract<Judgement, { kind: 'refuse' }>> {
  try {
    const keys = logKeys(policy, claimedOrigin(checkpoint));
    return await openCheckpoint(checkpoint, keys);
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    return refuse(statusOf(error), error.message);
  }
}

/** Whether the log may go from the head that the witness cosigned last (size 0 where it never did) to this one. Pure. */
export function judgeGrowth(
  { oldSize, proof }: AddCheckpoint,
  checkpoint: Checkpoint,
  last: WitnessedHead = { size: 0, root: emptyRoot() },
): Judgement {
  const { size, root } = checkpoint;
  if (oldSize > size) return refuse(400, 'the old size is above that of the checkpoint');
  if (oldSize !== last.size) return { kind: 'conflict', size: last.size };
  if (size === 0 && !equalBytes(root, emptyRoot()))
    return refuse(422, 'an empty tree has one root');
  if (oldSize === size && !equalBytes(root, last.root)) {
    return refuse(422, 'another root was cosigned for this size');
  }
  const claim = { oldSize, oldRoot: last.root, size, root };
  if (!verifyConsistency(claim, proof)) return refuse(422, 'the proof does not verify');
  return { kind: 'cosign', checkpoint };
}

function statusOf({ code }: IntegrityError): 400 | 403 | 404 {
  if (code === 'ORIGIN_UNKNOWN') return 404;
  return code === 'SIGNATURE_MISSING' || code === 'SIGNATURE_WRONG' ? 403 : 400;
}

function refuse(
  status: 400 | 403 | 404 | 422,
  reason: string,
): Extract<Judgement, { kind: 'refuse' }> {
  return { kind: 'refuse', status, reason };
}
