/** Every way in which the key store fails; `retryable` says whether the same step can succeed later by itself. */
export const keyStoreErrors = {
  KEY_STORE_DAMAGED: {
    retryable: false,
    todo: 'Restore the folder of trace keys from its own backup; without them no new leaf of these traces can be made.',
  },
  KEY_STORE_KEYS_DIFFER: {
    retryable: true,
    todo: 'Nothing: what was made with other keys than were there is made again with those.',
  },
  KEY_STORE_REFUSED: {
    retryable: false,
    todo: 'Give this role the token that the key keeper has for it, and the same version of Waybill.',
  },
  KEY_STORE_UNREACHABLE: {
    retryable: true,
    todo: 'See that the key keeper runs at this address and that its certificate is trusted here.',
  },
  KEY_STORE_SHARED: {
    retryable: false,
    todo: 'Two enrichers, or two ledgers, append to one folder of trace keys. Leave only one of them running there.',
  },
  KEY_STORE_UNWRITABLE: {
    retryable: true,
    todo: 'See that the disk of the trace keys has room and takes writes.',
  },
} as const;

export type KeyStoreErrorCode = keyof typeof keyStoreErrors;

export class KeyStoreError extends Error {
  readonly code: KeyStoreErrorCode;
  readonly retryable: boolean;

  constructor(code: KeyStoreErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail} ${keyStoreErrors[code].todo}`, { cause });
    this.name = 'KeyStoreError';
    this.code = code;
    this.retryable = keyStoreErrors[code].retryable;
  }
}
