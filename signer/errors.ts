/** Every way in which the signer fails; `retryable` says whether the same step can succeed later by itself. */
export const signerErrors = {
  SIGNER_CONFIG_INVALID: {
    retryable: false,
    todo: 'Correct the settings named; signer/README.md has them all.',
  },
  SIGNER_IN_USE: {
    retryable: false,
    todo: 'Another process signs with this folder, and two could sign two trees. End it first.',
  },
  SIGNER_KEYS: {
    retryable: false,
    todo: 'Restore the signer’s folder from its own backup. Without its keys, a new log epoch with new keys has to begin.',
  },
  SIGNER_NOT_DURABLE: {
    retryable: true,
    todo: 'Nothing, while leaves are being written; else see that the signer reads the same store as the ledger writes.',
  },
  SIGNER_REFUSED: {
    retryable: false,
    todo: 'Give this ledger the token that the signer has for it, and the same version of Waybill.',
  },
  SIGNER_STATE: {
    retryable: false,
    todo: 'Restore the signer’s folder. Never begin with an empty one: it would sign a second tree.',
  },
  SIGNER_UNREACHABLE: {
    retryable: true,
    todo: 'See that the signer runs at this address and that its certificate is trusted here. Sealing goes on without it.',
  },
} as const;

export type SignerErrorCode = keyof typeof signerErrors;

export class SignerError extends Error {
  readonly code: SignerErrorCode;
  readonly retryable: boolean;

  constructor(code: SignerErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail} ${signerErrors[code].todo}`, { cause });
    this.name = 'SignerError';
    this.code = code;
    this.retryable = signerErrors[code].retryable;
  }
}
