import { utf8 } from './bytes.ts';
import { formatNote, parseNote } from './note.ts';
import type { NoteSignature } from './note.ts';
import type { VerifierKey } from './verifier-key.ts';
import { cosignatureBytes, cosignedMessage } from './verify-note.ts';

/** Who holds a private key: a file, a service. It gives the 64 bytes of Ed25519 over what it is given, and nothing else. */
export interface NoteSigner {
  readonly key: VerifierKey;
  sign(message: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** The signed note of a text that ends its last line. The same keys and text give the same note. */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<string> {
  const signatures: NoteSignature[] = [];
  for (const signer of signers) {
    const { name, keyId, use } = signer.key;
    if (use !== 'ed25519') throw new TypeError('a cosigner signs with cosign');
    signatures.push({ name, keyId, signature: await signer.sign(utf8(text)) });
  }
  const note = formatNote({ text, signatures });
  parseNote(note);
  return note;
}

/** A witness's signature of a checkpoint's text, at a time in seconds since 1970. Source: C2SP tlog-cosignature. */
export async function cosign(
  text: string,
  timestampS: number,
  signer: NoteSigner,
): Promise<NoteSignature> {
  if (signer.key.use !== 'cosignature') throw new TypeError('only a cosigner cosigns');
  if (!Number.isSafeInteger(timestampS) || timestampS <= 0) {
    throw new RangeError('a cosignature has a time after 1970');
  }
  const signature = await signer.sign(cosignedMessage(timestampS, text));
  const { name, keyId } = signer.key;
  return { name, keyId, signature: cosignatureBytes(timestampS, signature) };
}
