import { concatBytes, utf8 } from './bytes.ts';
import { IntegrityError } from './errors.ts';
import type { Note, NoteSignature } from './note.ts';
import { verifyEd25519 } from './primitives.ts';
import type { VerifierKey } from './verifier-key.ts';

/** A key that signed, and when it says it did if it is a cosigner (seconds since 1970). */
export type VerifiedSignature = { readonly key: VerifierKey; readonly timestampS?: number };

/**
 * The given keys that signed the note, each once. Signatures by other keys are passed over; one by a given key (its name and id) that does
 * not verify makes the whole note SIGNATURE_WRONG. An empty answer means that nobody known signed: the caller decides who must.
 */
export async function verifyNote(
  note: Note,
  keys: readonly VerifierKey[],
): Promise<readonly VerifiedSignature[]> {
  const verified: VerifiedSignature[] = [];
  for (const signature of note.signatures) {
    const { name, keyId } = signature;
    const key = keys.find((known) => known.name === name && known.keyId === keyId);
    if (key === undefined) continue;
    const found = await verifySignature(note.text, key, signature);
    if (!verified.some((earlier) => earlier.key === key)) verified.push(found);
  }
  return verified;
}

async function verifySignature(
  text: string,
  key: VerifierKey,
  { signature }: NoteSignature,
): Promise<VerifiedSignature> {
  if (key.use === 'ed25519') {
    if (await verifyEd25519(key.publicKey, utf8(text), signature)) return { key };
    throw wrong(key);
  }
  const timestampS =
    signature.length === TIMESTAMP_BYTES + 64 ? readTimestamp(signature) : undefined;
  if (timestampS === undefined) throw wrong(key);
  const message = cosignedMessage(timestampS, text);
  const ok = await verifyEd25519(key.publicKey, message, signature.subarray(TIMESTAMP_BYTES));
  if (!ok) throw wrong(key);
  return { key, timestampS };
}

const TIMESTAMP_BYTES = 8;

/** What a cosigner signs: `cosignature/v1`, the time, and the whole text of the checkpoint. Source: C2SP tlog-cosignature. */
export function cosignedMessage(timestampS: number, text: string): Uint8Array {
  return utf8(`cosignature/v1\ntime ${timestampS}\n${text}`);
}

/** Seconds since 1970 as 8 bytes, the highest first, in front of the Ed25519 signature. */
export function cosignatureBytes(timestampS: number, signature: Uint8Array): Uint8Array {
  const time = new Uint8Array(TIMESTAMP_BYTES);
  new DataView(time.buffer).setBigUint64(0, BigInt(timestampS));
  return concatBytes(time, signature);
}

/** Nothing for a time of 0, which no cosignature of a checkpoint may have, or beyond 2^53 − 1. */
function readTimestamp(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, TIMESTAMP_BYTES);
  const timestampS = Number(view.getBigUint64(0));
  return Number.isSafeInteger(timestampS) && timestampS > 0 ? timestampS : undefined;
}

function wrong(key: VerifierKey): IntegrityError {
  return new IntegrityError('SIGNATURE_WRONG', `the signature of ${key.name} does not verify`);
}
