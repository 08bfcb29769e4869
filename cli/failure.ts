/** How a command ends: scripts tell these apart. */
export const exitCodes = {
  ok: 0,
  /** It was understood and tried, and did not work. */
  failed: 1,
  /** It was not understood. */
  usage: 2,
  /** Nobody answered at the address. */
  unreachable: 3,
} as const;

export type FailureKind = Exclude<keyof typeof exitCodes, 'ok'>;

/** Ends a command with a sentence for the person who typed it; never a stack trace. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** What was asked for is not ready; the same question may be answered later. */
export class NotYetFailure extends CommandFailure {
  /** The header, as it was sent. */
  readonly retryAfter: string | null;

  constructor(message: string, retryAfter: string | null) {
    super('failed', message);
    this.retryAfter = retryAfter;
  }
}

/** An operating error of any room as what it is, with its code; a defect stays one. */
export function failureOf(command: string, error: unknown): unknown {
  if (error instanceof CommandFailure || !(error instanceof Error) || !('code' in error)) {
    return error;
  }
  return new CommandFailure('failed', `waybill ${command}: ${error.message}`, error);
}
