/** Every way in which the key keeper cannot start. */
export const keyKeeperErrors = {
  KEY_KEEPER_CONFIG_INVALID: 'Correct the settings named; key-keeper/README.md has them all.',
} as const;

export type KeyKeeperErrorCode = keyof typeof keyKeeperErrors;

export class KeyKeeperError extends Error {
  readonly code: KeyKeeperErrorCode;

  constructor(code: KeyKeeperErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail} ${keyKeeperErrors[code]}`, { cause });
    this.name = 'KeyKeeperError';
    this.code = code;
  }
}
