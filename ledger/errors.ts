/** Every way in which the ledger fails; `retryable` says whether the same step can succeed later by itself. */
export const ledgerErrors = {
  LEDGER_ARCHIVE_DAMAGED: {
    retryable: false,
    todo: 'An archived range is not what was archived. Restore it from another copy of the archive.',
  },
  LEDGER_ARCHIVE_DIFFERS: {
    retryable: false,
    todo: 'The log or the archive no longer gives the range that was promised. Nothing more is archived or dropped: find out who changed which.',
  },
  LEDGER_ARCHIVE_REFUSED: {
    retryable: false,
    todo: 'The archive refuses what it is given: check its address, bucket, credentials and permissions.',
  },
  LEDGER_ARCHIVE_SHORT: {
    retryable: false,
    todo: 'The archive lacks a range that it once had. Restore it from another copy of the archive.',
  },
  LEDGER_ARCHIVE_UNPROVEN: {
    retryable: false,
    todo: 'What the store holds does not lead to the signed head. Nothing more is archived or dropped: audit the store.',
  },
  LEDGER_ARCHIVE_UNREACHABLE: {
    retryable: true,
    todo: 'The archive does not answer, or asks to wait. It is tried again; see that it runs.',
  },
  LEDGER_CONFIG_INVALID: {
    retryable: false,
    todo: 'Correct the configuration; every mistake is listed.',
  },
  LEDGER_CONTROL_UNSEALED: {
    retryable: true,
    todo: 'Control events wait to be sealed and signed: see whether ledger and signer run and the store takes rows. It is looked at again in the next round.',
  },
  LEDGER_REPLAY_DIFFERS: {
    retryable: false,
    todo: 'The log no longer gives the batch that was promised, or this build makes other leaves of it. Run the build that wrote it; nothing was sealed anew.',
  },
  LEDGER_RESTORE_DIFFERS: {
    retryable: false,
    todo: 'What is to be restored is not what was signed. Take another backup, and find out who changed this one.',
  },
  LEDGER_ROWS_DOUBLED: {
    retryable: false,
    todo: 'The store holds more rows of a range than were ever written: something else writes to it. Compare it with the log.',
  },
  LEDGER_SIGNER_REFUSED: {
    retryable: false,
    todo: 'The signer has signed something else before. Nothing more is signed: find out who wrote to the store or the log, and audit the store.',
  },
  LEDGER_SIGNER_STATE: {
    retryable: false,
    todo: 'Restore the signer’s folder. Never begin with an empty one: it would sign a second tree.',
  },
  LEDGER_STORE_ALTERED: {
    retryable: false,
    todo: 'The store holds other leaves than were sealed. Audit it, and restore it before the ledger goes on.',
  },
  LEDGER_STORE_SHORT: {
    retryable: false,
    todo: 'The store holds less than was sealed, and the log no longer holds what is missing. Configure the `archive` that it was dropped to.',
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
