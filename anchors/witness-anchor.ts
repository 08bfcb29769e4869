import type { NoteSignature } from '../integrity/note.ts';
import { headOf } from './anchor.ts';
import type { CheckpointAnchor } from './anchor.ts';
import { requestCosignature } from './witness-client.ts';
import type { Witness } from './witness-client.ts';

export type WitnessAnchorParts = {
  readonly witness: Witness;
  /** The consistency proof of the log between two of its sizes (RFC 6962 §2.1.2). */
  readonly prove: (oldSize: number, size: number) => Promise<readonly Uint8Array[]>;
  /** Given the cosignature before `keep` resolves, so that proofs can carry it; may be given the same again. */
  readonly onCosigned: (signed: string, cosignature: NoteSignature) => Promise<void>;
};

/** A witness as an anchor: it remembers each checkpoint that it cosigned, and says 422 to another history. */
export function witnessAnchor({
  witness,
  prove,
  onCosigned,
}: WitnessAnchorParts): CheckpointAnchor {
  let known = 0;
  return {
    name: 'witness',
    async keep(signed, signal) {
      const { size } = headOf(signed);
      const proveFrom = async (oldSize: number): Promise<readonly Uint8Array[]> =>
        prove(oldSize, size);
      const asked = { checkpoint: signed, oldSize: known, proveFrom };
      const cosignature = await requestCosignature(witness, asked, signal);
      await onCosigned(signed, cosignature);
      known = size;
    },
  };
}
