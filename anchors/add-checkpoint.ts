import { fromBase64, readDecimal, toBase64 } from '../integrity/bytes.ts';
import { IntegrityError } from '../integrity/errors.ts';
import { HASH_BYTES } from '../integrity/merkle.ts';
import { NOTE_LENGTH_MAX } from '../integrity/note.ts';
import { PROOF_HASHES_MAX } from '../integrity/tlog-proof.ts';

/** What a witness is sent: a signed checkpoint, and a proof that it continues the size which the witness cosigned last. Source: C2SP tlog-witness. */
export type AddCheckpoint = {
  readonly oldSize: number;
  /** 32 bytes each; none for old size 0. */
  readonly proof: readonly Uint8Array[];
  readonly checkpoint: string;
};

/** The longest request that is read, in UTF-16 code units. */
export const ADD_CHECKPOINT_LENGTH_MAX = NOTE_LENGTH_MAX + 64 * 64;

/** The body of `POST <prefix>/add-checkpoint`. */
export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): string {
  return `old ${oldSize}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${checkpoint}`;
}

/** Reads such a body; an `IntegrityError` where it is none. The checkpoint is not read yet. */
export function parseAddCheckpoint(body: string): AddCheckpoint {
  if (body.length > ADD_CHECKPOINT_LENGTH_MAX) throw malformed('it is too long');
  const blank = body.indexOf('\n\n');
  if (blank < 0) throw malformed('no blank line parts proof and checkpoint');
  const [first = '', ...lines] = body.slice(0, blank).split('\n');
  const oldSize = first.startsWith('old ') ? readDecimal(first.slice('old '.length)) : undefined;
  if (oldSize === undefined) throw malformed('its first line does not tell the old size');
  if (lines.length > PROOF_HASHES_MAX) throw malformed(`more than ${PROOF_HASHES_MAX} hashes`);
  const proof = lines.map(fromBase64);
  if (proof.some((hash) => hash.length !== HASH_BYTES)) throw malformed('a hash has not 32 bytes');
  return { oldSize, proof, checkpoint: body.slice(blank + 2) };
}

function malformed(why: string): IntegrityError {
  return new IntegrityError('PROOF_MALFORMED', why);
}
