/** Every way in which bytes from outside fail to be what they should be. None gets better by trying again. */
export const integrityErrors = {
  BASE64_MALFORMED: 'Not canonical base64 (RFC 4648 §4: padded, no unused bits, no white space).',
  BODY_MISSING:
    'The body of a control event is needed and not given; its leaf has only the digest.',
  CHECKPOINT_MALFORMED: 'Not a checkpoint as C2SP tlog-checkpoint writes it.',
  DISCLOSURE_MALFORMED: 'Not a disclosure file: see the README of verifier/.',
  KEY_MALFORMED: 'Not a verifier key as C2SP signed-note writes it.',
  LEAF_MALFORMED: 'A leaf that was sealed does not tell what its version tells.',
  LEAF_MISSING: 'Leaves of an exported range are not in it.',
  LEAF_MISPLACED: 'A leaf says to stand elsewhere than where it was proved to stand.',
  LEAF_VERSION_UNKNOWN: 'A leaf of a version that is newer than this verifier.',
  NOTE_MALFORMED: 'Not a note as C2SP signed-note writes it.',
  ORIGIN_UNKNOWN: 'A checkpoint of a log for which no key is given.',
  POLICY_MALFORMED: 'Not a policy as C2SP tlog-policy writes it.',
  PROOF_MALFORMED: 'Not a proof as C2SP tlog-proof writes it.',
  PROOF_WRONG: 'The proof does not lead from the leaf to the root of the checkpoint.',
  QUORUM_MISSED: 'The checkpoint is not cosigned by the witnesses that the policy asks for.',
  RANGE_MALFORMED: 'Not an exported range, or not the hashes of a compact range of its size.',
  SIGNATURE_MISSING: 'No signature by a key that is asked for.',
  SIGNATURE_WRONG: 'A signature by a known key does not verify.',
  TILE_MALFORMED: 'Not a tile, entry bundle or tile path as C2SP tlog-tiles writes it.',
} as const;

export type IntegrityErrorCode = keyof typeof integrityErrors;

/** The one error that the parsers of this room throw, whatever bytes they are given. */
export class IntegrityError extends Error {
  readonly code: IntegrityErrorCode;

  constructor(code: IntegrityErrorCode, detail: string) {
    super(`${code}: ${detail}`);
    this.name = 'IntegrityError';
    this.code = code;
  }
}
