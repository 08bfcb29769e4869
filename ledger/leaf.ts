import type { AuditRecord } from '../schemas/record-types.ts';
import type { Topic } from '../schemas/topics.ts';
import type { RecordSecrets, SealedValue } from './record-secrets.ts';
import { JsonWriter } from './json-writer.ts';
import type { AnnexNote } from './record-leaf.ts';
import { writeRecordLeaf } from './record-leaf.ts';
import { isTrimmable, trimRecord, trimSteps } from './trim-record.ts';

/** Where a leaf stands, and what it follows. */
export type LeafPlace = {
  /** `records/p<partition>/e<epoch>`. */
  readonly log: string;
  readonly topic: Topic;
  readonly partition: number;
  /** Dense number of the leaf in its log. */
  readonly index: number;
  /** Offset of its message in the log's topic: rises, but not densely. */
  readonly offset: number;
  /** Dense number of the leaf in its stream: one tenant's leaves in this log. */
  readonly seq: number;
  /** Leaf hash of the stream's leaf before, 64 hex digits; null for its first. */
  readonly prev: string | null;
};

/** The version that new leaves get. Each leaf names its own (`v`), and an intent names the one that it was made with. */
export const LEAF_VERSION = 2;

/**
 * The encoders that can be asked for. One stays as it is for as long as a leaf of its version may have to be made again, so that a replay by
 * newer code gives the same root; golden leaves hold it to that.
 */
export const leafEncoders: ReadonlyMap<number, typeof leafOf> = new Map([[LEAF_VERSION, leafOf]]);

/** A leaf is at most this large. An entry bundle's limit is 65,535 bytes (C2SP tlog-tiles). */
export const LEAF_BYTES_MAX = 4 * 1024;

export type MadeLeaf = {
  /** Canonical JSON (RFC 8785) in UTF-8: what is hashed and stored. Good until the next leaf is made. */
  readonly bytes: Uint8Array;
  /** The whole leaf where `bytes` are a trimmed one: kept as a payload, and committed to. */
  readonly annex: SealedValue | undefined;
};

/**
 * The leaf of a record: everything that the record says, with commitments in the place of its payload's values. A pure function of record, place
 * and the secrets of the record. A leaf that would be too large is trimmed by fixed steps: it says of what (`trimmed`) and commits to its whole text
 * (`annex`).
 */
export function leafOf(record: AuditRecord, place: LeafPlace, secrets: RecordSecrets): MadeLeaf {
  const bytes = written(record, place, secrets);
  if (bytes.length <= LEAF_BYTES_MAX) return { bytes, annex: undefined };
  const annex = secrets.seal(ANNEX_FIELD, Buffer.from(bytes));
  for (const step of trimSteps) {
    const trimmed = trimRecord(record, step);
    const shorter = written(trimmed.record, place, secrets, {
      lengths: trimmed.lengths,
      bytes: annex.value.length,
      commitment: annex.commitment,
    });
    if (shorter.length <= LEAF_BYTES_MAX || !isTrimmable(step)) return { bytes: shorter, annex };
  }
  return { bytes, annex: undefined };
}

/** The payload field that holds the whole of a trimmed leaf. No field of a record begins so. */
export const ANNEX_FIELD = '$leaf';

// One for all leaves of this thread: they are made one after the other.
const writer = new JsonWriter();

function written(
  record: AuditRecord,
  place: LeafPlace,
  secrets: RecordSecrets,
  annex?: AnnexNote,
): Buffer {
  writer.clear();
  writeRecordLeaf(writer, record, place, secrets, annex);
  return writer.written();
}
