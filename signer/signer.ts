/** A tree's growth that is to be signed. */
export type SignRequest = {
  readonly logId: string;
  /** The size that the caller knows to be signed last. */
  readonly oldSize: number;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  /** Consistency proof from `oldSize` to `size` (RFC 6962 §2.1.2). */
  readonly proof: readonly Uint8Array[];
  /** How often the log was taken over, as the caller knows it. */
  readonly fence: number;
};

/** The answers of a tlog-witness: 200, 409 with the size to go on from, 422. Source: C2SP tlog-witness. */
export type SignAnswer =
  | { readonly kind: 'signed'; readonly note: string }
  | { readonly kind: 'conflict'; readonly size: number }
  | { readonly kind: 'refused'; readonly reason: RefusalReason };

/** `fenced`: a later owner has signed. `fork`: another root for the size. `proof`: the proof does not lead from the old tree to the new. */
export type RefusalReason = 'fenced' | 'fork' | 'proof';

/** What was signed last of a log. */
export type SignedHead = {
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
};

/**
 * Signs the heads of trees, with a memory and a key of its own. It MUST persist the new head before it gives a signature of it, MUST NOT sign two trees
 * that are not one a beginning of the other, nor a smaller one than it signed, nor anything for an owner that was replaced. The same request again gets
 * the same note.
 */
export interface Signer {
  sign(request: SignRequest): Promise<SignAnswer>;
  latest(logId: string): Promise<SignedHead | undefined>;
  /** Whom a verifier is to believe for these logs: a tlog-policy. */
  policy(logIds: readonly string[]): Promise<string>;
  close(): Promise<void>;
}
