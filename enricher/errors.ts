/** Every way in which the enricher refuses or fails. */
export type EnricherErrorCode = keyof typeof enricherErrors;

/** `retryable`: the same may succeed later. `todo` says what would help. */
export const enricherErrors = {
  ENRICHER_CONFIG_INVALID: {
    retryable: false,
    todo: 'Correct the configuration; every mistake is listed.',
  },
  ENRICHER_KEY_MISSING: {
    retryable: false,
    todo: 'The file of a key version that is in force is not beside the master key: put it there and start the role anew.',
  },
  ENRICHER_STOPPED_READING: {
    retryable: false,
    todo: 'A newer owner took over, or the log is closed or corrupt: the cause says which. Start the role anew.',
  },
} as const satisfies Record<string, { readonly retryable: boolean; readonly todo: string }>;

export class EnricherError extends Error {
  override readonly name = 'EnricherError';
  readonly code: EnricherErrorCode;
  readonly retryable: boolean;

  /** `detail` is one more sentence; it MUST NOT hold anything out of a span. */
  constructor(code: EnricherErrorCode, detail: string, options: ErrorOptions = {}) {
    super(`${code}: ${detail} ${enricherErrors[code].todo}`, options);
    this.code = code;
    this.retryable = enricherErrors[code].retryable;
  }
}
