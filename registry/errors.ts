export type RegistryErrorCode =
  | 'REGISTRY_DOCUMENT_INVALID'
  | 'REGISTRY_DOCUMENT_TOO_LARGE'
  | 'REGISTRY_PRICE_CHANGED'
  | 'REGISTRY_KEY_INVALID'
  | 'REGISTRY_KEY_MISSING'
  | 'REGISTRY_POLICY_UNUSABLE'
  | 'RETENTION_CONTRADICTS';

export type Mistake = {
  /** Where it stands in the document, e.g. `prices[2].rate`. */
  readonly path: string;
  readonly message: string;
};

/** Every mistake of a document at once. Permanent: the document is to be corrected; nothing of it has been applied. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly retryable = false;
  readonly code: RegistryErrorCode;
  readonly mistakes: readonly Mistake[];

  constructor(code: RegistryErrorCode, mistakes: readonly Mistake[], options: ErrorOptions = {}) {
    super(mistakes.map(({ path, message }) => `${path}: ${message}`).join('\n'), options);
    this.code = code;
    this.mistakes = mistakes;
  }
}
