import type { FactRecord } from '../schemas/leaf-record.ts';
import { readLeaf } from '../schemas/leaf-record.ts';

/** One sealed leaf as it stands in the log. */
export type SealedLeaf = {
  readonly logId: string;
  readonly leafIndex: number;
  readonly tenant: string;
  /** Dense number of the record in its stream. */
  readonly sequence: number;
  readonly appendTimeUs: number;
  /** The leaf's bytes: canonical JSON of the record, without payload values. */
  readonly leaf: string;
  /** Lower-case hex. */
  readonly leafHash: string;
};

/** What the exporter needs of the store. */
export interface SealedReader {
  /**
   * The leaves of the log from an index on, dense and in order, at most as many and as large as asked for (at least one, whatever
   * its size). An empty answer: nothing is sealed there yet. MUST throw `SIEM_LEAF_MISSING` rather than pass over an index.
   */
  read(logId: string, from: number, limits: SealedLimits): Promise<readonly SealedLeaf[]>;
  /** How many leaves the log has: the next index that will be sealed. `from` is an index that is known to be reached. */
  sealedSize(logId: string, from: number): Promise<number>;
}

export type SealedLimits = { readonly leavesMax: number; readonly bytesMax: number };

/** A record as its leaf tells it: without the payload's values. `trimmed` where parts were left out because it was too large for a leaf. */
export type ToldRecord = { readonly record: FactRecord; readonly trimmed: boolean };

/** The record of a leaf; undefined when the bytes are no record. */
export function recordOfLeaf(leaf: string): ToldRecord | undefined {
  try {
    const { record, trimmed } = readLeaf(leaf);
    return record && { record, trimmed: trimmed !== undefined };
  } catch {
    return undefined;
  }
}
