/** A file that cannot be read, is larger than its kind may be, or is not text. Nothing follows from it for the evidence: exit code 2. */
export class InputError extends Error {
  constructor(path: string, why: string) {
    super(`${path}: ${why}`);
    this.name = 'InputError';
  }
}
