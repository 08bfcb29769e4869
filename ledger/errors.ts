/** Every way in which the ledger fails; `retryable` says whether the same step can succeed later by itself. */
export const ledgerErrors = {
  LEDGER_CONFIG_INVALID: {
    retryable: false,
    todo: 'Correct the configuration; every mistake is listed.',
  },
  LEDGER_REPLAY_DIFFERS: {
    retryable: false,
    todo: 'The log no longer gives the batch that was promised, or this build makes other leaves of it. Run the build that wrote it; nothing was sealed anew.',
  },
  LEDGER_ROWS_DOUBLED: {
    retryable: false,
    todo: 'The store holds more rows of a range than were ever written: something else writes to it. Compare it with the log.',
  },
  LEDGER_STATE_UNREADABLE: {
    retryable: false,
    todo: 'The ledger’s own state in the log cannot be read. Restore the data directory.',
  },
} as const;

export type LedgerErrorCode = keyof typeof ledgerErrors;

export class LedgerError extends Error {
  readonly code: LedgerErrorCode;
  readonly retryable: boolean;

  constructor(code: LedgerErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail} ${ledgerErrors[code].todo}`, { cause });
    this.name = 'LedgerError';
    this.code = code;
    this.retryable = ledgerErrors[code].retryable;
  }
}
