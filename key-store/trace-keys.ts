/** Whose key: the trace that is the home of a call, in its tenant. */
export type HomeTrace = { readonly tenant: string; readonly traceId: string };

/**
 * The keys of home traces: 32 random bytes each, made once. Salts, blinding bytes and (where payloads are encrypted) payload keys are derived
 * from them, so that a replay gives the same bytes, and all of these die with the key.
 *
 * - `keysFor` gives the keys in the order asked, and makes those that are not there: of `offered`, in the same order, where there is one. What it
 *   makes MUST be durable before it resolves. Null: the key was destroyed, and is never made again.
 * - `find` makes nothing: undefined for a trace that never had a key.
 * - `destroy` MUST leave nothing of the keys where they were kept, durably, before it resolves; it gives the number that there were. A trace
 *   without a key gets none by it. Safe twice.
 *
 * Failures are `KeyStoreError`s. One writer at a time.
 */
export interface TraceKeys {
  keysFor(
    homes: readonly HomeTrace[],
    offered?: readonly Uint8Array[],
  ): Promise<readonly (Uint8Array | null)[]>;
  find(home: HomeTrace): Promise<Uint8Array | null | undefined>;
  destroy(homes: readonly HomeTrace[]): Promise<number>;
  close(): Promise<void>;
}

export const TRACE_KEY_BYTES = 32;
