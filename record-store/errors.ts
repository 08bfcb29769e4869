export type StoreErrorCode =
  | 'STORE_UNREACHABLE'
  | 'STORE_TIMED_OUT'
  | 'STORE_BUSY'
  | 'STORE_FULL'
  | 'STORE_ENGINE_FAILED'
  | 'STORE_REFUSED'
  | 'STORE_QUERY_WRONG'
  | 'STORE_MIGRATION_CHANGED'
  | 'STORE_LAYOUT_CHANGED'
  | 'STORE_USERS_IN_FILES'
  | 'STORE_HASHES_MISSING';

type Verdict = { readonly retryable: boolean; readonly action: string };

/** Whether trying again can help, and what to do. After a retryable failure of an insert it is open whether the rows are there. */
export const storeErrors: Readonly<Record<StoreErrorCode, Verdict>> = {
  STORE_UNREACHABLE: {
    retryable: true,
    action:
      'ClickHouse does not answer at this address. Check that it runs; the caller tries again.',
  },
  STORE_TIMED_OUT: {
    retryable: true,
    action: 'The time limit of the query passed. Ask for a smaller range, or raise the limit.',
  },
  STORE_BUSY: {
    retryable: true,
    action: 'ClickHouse is over a limit of its own (memory, parts, queries). The caller backs off.',
  },
  STORE_FULL: {
    retryable: true,
    action: 'The disk of ClickHouse is full, or does not take what is written. Make room.',
  },
  STORE_ENGINE_FAILED: {
    retryable: true,
    action: 'The embedded engine did not start or ended. Read server.log in its folder.',
  },
  STORE_REFUSED: {
    retryable: false,
    action: 'ClickHouse refuses this user. Check its password and grants.',
  },
  STORE_QUERY_WRONG: {
    retryable: false,
    action:
      'ClickHouse does not understand the query or the rows. A defect, or another schema version.',
  },
  STORE_MIGRATION_CHANGED: {
    retryable: false,
    action: 'An applied migration was edited. Restore it and put the change into a new one.',
  },
  STORE_LAYOUT_CHANGED: {
    retryable: false,
    action:
      'Tables lie otherwise than is asked for. Ask for the layout that is there, or begin with an empty store.',
  },
  STORE_USERS_IN_FILES: {
    retryable: false,
    action:
      'This server keeps its users in files. Put there what `waybill store --users-xml` prints, and leave `admin` out.',
  },
  STORE_HASHES_MISSING: {
    retryable: false,
    action:
      'The store does not hold hashes that it held before. Audit it; the ledger rebuilds what the log still has at its next start.',
  },
};

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly retryable: boolean;

  constructor(code: StoreErrorCode, detail: string, cause?: unknown) {
    super(`${code}: ${detail} (${storeErrors[code].action})`, { cause });
    this.name = 'StoreError';
    this.code = code;
    this.retryable = storeErrors[code].retryable;
  }
}

/** What an exception code of ClickHouse means to us. Source: ClickHouse src/Common/ErrorCodes.cpp. */
export function storeErrorCode(clickhouseCode: number): StoreErrorCode {
  if (BUSY.has(clickhouseCode)) return 'STORE_BUSY';
  if (TIMED_OUT.has(clickhouseCode)) return 'STORE_TIMED_OUT';
  if (REFUSED.has(clickhouseCode)) return 'STORE_REFUSED';
  if (UNREACHABLE.has(clickhouseCode)) return 'STORE_UNREACHABLE';
  if (USERS_IN_FILES.has(clickhouseCode)) return 'STORE_USERS_IN_FILES';
  return FULL.has(clickhouseCode) ? 'STORE_FULL' : 'STORE_QUERY_WRONG';
}

/** No room reserved for a part; a write, an opening or anything of the file system that failed: nearly always a full disk. */
const FULL = new Set([75, 76, 243, 1001]);
/** Too many queries, memory limit, no memory or thread, too many parts, read-only replica, too few replicas, Keeper. */
const BUSY = new Set([173, 202, 203, 225, 236, 241, 242, 252, 285, 286, 319, 439, 999]);
const TIMED_OUT = new Set([159, 160, 394]);
/** Authentication, grants, read-only, setting constraints, unknown user, quota. */
const REFUSED = new Set([164, 192, 193, 194, 195, 201, 452, 497, 516]);
/** Network errors between servers, attempts over. */
const UNREACHABLE = new Set([209, 210, 279]);
/** Nowhere to write a user, or users that cannot be written. */
const USERS_IN_FILES = new Set([495, 514]);
