/**
 * Objects by name, in a folder or in an S3-compatible bucket. Names are letters, digits and `._/-`. What `putOnce` has answered for MUST be durable. Failures
 * are `AnchorError`s.
 */
export interface ObjectStore {
  /** False, and nothing is written, where the name is taken. */
  putOnce(name: string, bytes: Uint8Array, signal: AbortSignal): Promise<boolean>;
  /** Undefined where there is none. `ANCHOR_ANSWER_INVALID` for one that is longer than `bytesMax`. */
  get(name: string, bytesMax: number, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** The names that begin with the prefix, which ends with `/`; sorted. */
  list(prefix: string, signal: AbortSignal): Promise<readonly string[]>;
}
