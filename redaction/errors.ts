export type RedactionErrorCode = 'DIRECTORY_ENTRY_UNREADABLE';

export const redactionErrorActions: Readonly<Record<RedactionErrorCode, string>> = {
  DIRECTORY_ENTRY_UNREADABLE:
    'permanent: the entry was sealed under another key, for another principal, or was altered. Show the principal id instead.',
};

export class RedactionError extends Error {
  override readonly name = 'RedactionError';
  readonly retryable = false;
  readonly code: RedactionErrorCode;

  constructor(code: RedactionErrorCode, cause?: unknown) {
    super(`${code} (${redactionErrorActions[code]})`, { cause });
    this.code = code;
  }
}
