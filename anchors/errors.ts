/** Every way in which an anchor fails; `retryable` says whether the same step can succeed later by itself. */
export const anchorErrors = {
  ANCHOR_UNREACHABLE: {
    retryable: true,
    todo: 'The anchor does not answer, or asks to wait. It is tried again; see that it runs.',
  },
  ANCHOR_REFUSED: {
    retryable: false,
    todo: 'The anchor refuses what it is given: check its address, keys, permissions and retention.',
  },
  ANCHOR_ANSWER_INVALID: {
    retryable: false,
    todo: 'What the anchor answered is not what its protocol has, or not signed by its key. Check that the key given is its key.',
  },
  ANCHOR_CONFLICT: {
    retryable: false,
    todo: 'The anchor holds another tree for this log: somebody signed two. Keep both checkpoints, stop the log and find out who.',
  },
  ANCHOR_AHEAD: {
    retryable: false,
    todo: 'The witness has cosigned a larger tree: a later checkpoint got there first, or this log was rolled back. If it was not the first, find out who rolled it back.',
  },
  ANCHOR_TIME_INVALID: {
    retryable: false,
    todo: 'The time stamp is not one of this checkpoint. Check the authority.',
  },
  WITNESS_KEY_UNREADABLE: {
    retryable: false,
    todo: 'Give the witness’s own key file, mode 0600, or a path where it may make one.',
  },
  WITNESS_STATE_UNREADABLE: {
    retryable: false,
    todo: 'The witness’s memory cannot be read. Restore it; a witness that forgot would sign a fork.',
  },
} as const;

export type AnchorErrorCode = keyof typeof anchorErrors;

export class AnchorError extends Error {
  readonly code: AnchorErrorCode;
  readonly retryable: boolean;

  constructor(code: AnchorErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail} ${anchorErrors[code].todo}`, { cause });
    this.name = 'AnchorError';
    this.code = code;
    this.retryable = anchorErrors[code].retryable;
  }
}
