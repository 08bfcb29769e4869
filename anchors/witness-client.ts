import { readDecimal } from '../integrity/bytes.ts';
import { IntegrityError } from '../integrity/errors.ts';
import { parseNote, parseSignatures } from '../integrity/note.ts';
import type { NoteSignature } from '../integrity/note.ts';
import type { VerifierKey } from '../integrity/verifier-key.ts';
import { verifyNote } from '../integrity/verify-note.ts';
import { formatAddCheckpoint } from './add-checkpoint.ts';
import { headOf } from './anchor.ts';
import { AnchorError } from './errors.ts';
import { ask, unexpected } from './request.ts';
import type { Answer } from './request.ts';

export type Witness = {
  /** The submission prefix. */
  readonly url: string;
  readonly key: VerifierKey;
};

/** A checkpoint that is to be cosigned, and how to prove its growth from any earlier size. */
export type ToCosign = {
  readonly checkpoint: string;
  /** The size that this witness cosigned last, as far as the caller remembers; 0 where it does not. */
  readonly oldSize: number;
  readonly proveFrom: (oldSize: number) => Promise<readonly Uint8Array[]>;
};

/** Times that a witness may tell another size before it is taken for busy with somebody else. */
const CONFLICTS_MAX = 3;

/**
 * Has a witness cosign a checkpoint. A witness that knows another size is told the growth from there (409). ANCHOR_AHEAD where it has cosigned a larger size,
 * ANCHOR_CONFLICT where it has cosigned a tree that this one does not continue (422). ANCHOR_ANSWER_INVALID where its key did not sign. Source: C2SP tlog-witness.
 */
export async function requestCosignature(
  witness: Witness,
  { checkpoint, oldSize, proveFrom }: ToCosign,
  signal: AbortSignal,
): Promise<NoteSignature> {
  const { size, origin } = headOf(checkpoint);
  let from = oldSize;
  for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts += 1) {
    const proof = from === 0 ? [] : await proveFrom(from);
    const answer = await post(
      witness,
      formatAddCheckpoint({ oldSize: from, proof, checkpoint }),
      signal,
    );
    if (answer.status === 200) return readCosignature(answer, checkpoint, witness.key);
    if (answer.status === 422) throw forked(origin, size, witness);
    if (answer.status !== 409) throw unexpected(answer, witness.url);
    from = readSize(answer);
    if (from > size) throw aheadOf(origin, size, from, witness);
  }
  const detail = `${witness.key.name} was given other sizes of ${origin} ${CONFLICTS_MAX} times.`;
  throw new AnchorError('ANCHOR_UNREACHABLE', detail);
}

async function post({ url }: Witness, body: string, signal: AbortSignal): Promise<Answer> {
  const address = `${url.replace(/\/$/, '')}/add-checkpoint`;
  return ask({ url: address, method: 'POST', body: Buffer.from(body) }, signal);
}

/** The witness's line, once it verifies over the checkpoint. */
async function readCosignature(
  { body }: Answer,
  checkpoint: string,
  key: VerifierKey,
): Promise<NoteSignature> {
  try {
    const signatures = parseSignatures(Buffer.from(body).toString('utf8'));
    const { text } = parseNote(checkpoint);
    await verifyNote({ text, signatures }, [key]);
    const own = signatures.find(({ name, keyId }) => name === key.name && keyId === key.keyId);
    if (own) return own;
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    throw new AnchorError('ANCHOR_ANSWER_INVALID', `The cosignature of ${key.name}:`, error);
  }
  throw new AnchorError('ANCHOR_ANSWER_INVALID', `${key.name} did not cosign.`);
}

function readSize({ body }: Answer): number {
  const size = readDecimal(Buffer.from(body).toString('utf8').replace(/\n$/, ''));
  if (size === undefined) throw new AnchorError('ANCHOR_ANSWER_INVALID', '409 without a size.');
  return size;
}

function forked(origin: string, size: number, { key }: Witness): AnchorError {
  const detail = `${key.name} has cosigned what size ${size} of ${origin} does not continue.`;
  return new AnchorError('ANCHOR_CONFLICT', detail);
}

function aheadOf(origin: string, size: number, known: number, { key }: Witness): AnchorError {
  const detail = `${key.name} has cosigned size ${known} of ${origin}, and ${size} is shown now.`;
  return new AnchorError('ANCHOR_AHEAD', detail);
}
