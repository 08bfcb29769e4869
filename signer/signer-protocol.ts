import { z } from 'zod';
import { NOTE_LENGTH_MAX } from '../integrity/note.ts';
import type { SignAnswer, SignRequest } from './signer.ts';

/**
 * What a signer is asked over HTTP, and answers: JSON, POST, a bearer token. Statuses of `sign` are those of a tlog-witness: 200 with the note, 409
 * with the size to go on from, 422 for what is never signed. Hashes are base64.
 */
export const signerPaths = {
  sign: '/v1/sign',
  /** `{ logId }` → `{ head }`; null where nothing is signed. */
  latest: '/v1/latest',
  /** `{ logIds }` → `{ policy }`. */
  policy: '/v1/policy',
} as const;

export const SIGNER_BYTES_MAX = 2 * 1024 * 1024;

/** Logs of one policy. */
const LOGS_MAX = 1_024;
/** Hashes of a consistency proof: two a level of the largest tree that there is. */
const PROOF_HASHES_MAX = 128;

/** `records/p0/e0`. Of a name that no note can carry, the head would be remembered and never signed, and no policy could be made any more. */
const logId = z
  .string()
  .max(256)
  .regex(/^[a-z0-9-]+(?:\/[a-z0-9-]+)*$/);
const size = z.number().int().min(0);
const hash = z
  .base64()
  .transform((text) => Uint8Array.from(Buffer.from(text, 'base64')))
  .refine(({ length }) => length === 32, 'is no hash of 32 bytes');
const note = z.string().max(NOTE_LENGTH_MAX);

export const signRequest = z.strictObject({
  logId,
  oldSize: size,
  size,
  root: hash,
  proof: z.array(hash).max(PROOF_HASHES_MAX),
  fence: size,
});

export const latestRequest = z.strictObject({ logId });
export const policyRequest = z.strictObject({ logIds: z.array(logId).max(LOGS_MAX) });

export const signAnswers: Readonly<Record<SignAnswer['kind'], number>> = {
  signed: 200,
  conflict: 409,
  refused: 422,
};

export const signAnswer = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('signed'), note }),
  z.strictObject({ kind: z.literal('conflict'), size }),
  z.strictObject({ kind: z.literal('refused'), reason: z.enum(['fenced', 'fork', 'proof']) }),
]);

export const latestAnswer = z.strictObject({
  head: z.strictObject({ size, root: hash, note }).nullable(),
});

export const policyAnswer = z.strictObject({ policy: z.string().max(SIGNER_BYTES_MAX) });

export function encodeRequest({ root, proof, ...rest }: SignRequest): object {
  return { ...rest, root: encodeHash(root), proof: proof.map(encodeHash) };
}

export function encodeHash(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
