import { parseCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { IntegrityError } from './errors.ts';
import { parseNote } from './note.ts';
import type { VerifierKey } from './verifier-key.ts';
import { verifyNote } from './verify-note.ts';
import type { VerifiedSignature } from './verify-note.ts';

/** A checkpoint that its log signed, and who cosigned it. */
export type OpenedCheckpoint = {
  readonly checkpoint: Checkpoint;
  /** The known logs' keys that signed; at least one. */
  readonly signatures: readonly VerifiedSignature[];
  /** The known witnesses that cosigned; perhaps none. */
  readonly cosignatures: readonly VerifiedSignature[];
};

/**
 * Reads a signed checkpoint and verifies it: ORIGIN_UNKNOWN where no log key has its origin as name, SIGNATURE_MISSING where none of those
 * signed, SIGNATURE_WRONG where a known key's signature fails, NOTE_MALFORMED or CHECKPOINT_MALFORMED where it is none.
 */
export async function openCheckpoint(
  signed: string,
  logs: readonly VerifierKey[],
  witnesses: readonly VerifierKey[] = [],
): Promise<OpenedCheckpoint> {
  const note = parseNote(signed);
  const checkpoint = parseCheckpoint(note.text);
  const own = logs.filter((key) => key.name === checkpoint.origin);
  if (own.length === 0) {
    throw new IntegrityError('ORIGIN_UNKNOWN', `no key is given for the log ${checkpoint.origin}`);
  }
  const verified = await verifyNote(note, [...own, ...witnesses]);
  const signatures = verified.filter(({ key }) => own.includes(key));
  if (signatures.length === 0) {
    throw new IntegrityError('SIGNATURE_MISSING', `${checkpoint.origin} did not sign it`);
  }
  const cosignatures = verified.filter(({ key }) => witnesses.includes(key));
  return { checkpoint, signatures, cosignatures };
}
