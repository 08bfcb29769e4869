import type { AuditRecord } from '../schemas/record-types.ts';
import type { SealedFacts, SealedReceipt, SealedPayload, SealedSuperseded } from './leaf-parts.ts';
import {
  chargeInOrder,
  decisionInOrder,
  definitionInOrder,
  evidenceInOrder,
  factsInOrder,
  hopInOrder,
  identityInOrder,
  linkInOrder,
  payloadInOrder,
  receiptInOrder,
  supersededInOrder,
  unlessEmpty,
} from './leaf-parts.ts';
import { trimLeaf } from './trim-leaf.ts';

/** Where a leaf stands, and what it follows. */
export type LeafPlace = {
  /** `records/p<partition>/e<epoch>`. */
  readonly log: string;
  /** Dense number of the leaf in its log. */
  readonly index: number;
  /** Offset of its message in the log's topic: rises, but not densely. */
  readonly offset: number;
  /** Dense number of the leaf in its stream: one tenant's leaves in this log. */
  readonly seq: number;
  /** Leaf hash of the stream's leaf before, 64 hex digits; null for its first. */
  readonly prev: string | null;
};

/**
 * What a leaf says: the whole record, with the payload's sizes and digests in the place of its values, and its place.
 * `trimmed` is there when parts were left out so as to keep within `LEAF_BYTES_MAX`, and says how many there were.
 */
export type Leaf = Omit<
  AuditRecord,
  'payload' | 'facts' | 'receipts' | 'supersedes' | 'decisions' | 'definitions'
> &
  LeafPlace & {
    readonly facts: SealedFacts;
    readonly receipts: readonly SealedReceipt[];
    readonly supersedes: SealedSuperseded | null;
    /** Left out where there are none. */
    readonly decisions?: AuditRecord['decisions'] | undefined;
    readonly definitions?: AuditRecord['definitions'] | undefined;
    readonly payload: readonly SealedPayload[];
    readonly trimmed?: Readonly<Record<string, number>>;
    readonly v: 1;
  };

/** A leaf is at most this large, so that it fits an entry bundle (65,535 bytes, C2SP tlog-tiles) with room to spare. */
export const LEAF_BYTES_MAX = 16 * 1024;

/**
 * The leaf's text: canonical JSON (RFC 8785), whose UTF-8 bytes are what is hashed and stored. A pure function of record and place.
 */
export function leafOf(record: AuditRecord, place: LeafPlace): string {
  const leaf = inOrder(record, place);
  const text = JSON.stringify(leaf);
  // A character is at least a byte, and at most three: the exact size is counted only where it matters.
  if (text.length * 3 <= LEAF_BYTES_MAX || Buffer.byteLength(text) <= LEAF_BYTES_MAX) return text;
  return trimLeaf(leaf, LEAF_BYTES_MAX);
}

// Avro decoding gives well-formed strings and safe integers, so that JSON.stringify writes what canonical JSON asks for.
function inOrder(record: AuditRecord, place: LeafPlace): Leaf {
  return {
    callId: record.callId,
    chain: record.chain.map(linkInOrder),
    change: record.change,
    charges: record.charges.map(chargeInOrder),
    decisions: unlessEmpty(record.decisions.map(decisionInOrder)),
    definitions: unlessEmpty(record.definitions.map(definitionInOrder)),
    facts: factsInOrder(record.facts),
    findings: record.findings,
    hops: record.hops.map(hopInOrder),
    identities: record.identities.map(identityInOrder),
    index: place.index,
    inputOffset: record.inputOffset,
    inputPartition: record.inputPartition,
    kind: record.kind,
    log: place.log,
    mergedInto: record.mergedInto,
    offset: place.offset,
    originEvidence: record.originEvidence.map(evidenceInOrder),
    outcomeEvidence: record.outcomeEvidence.map(evidenceInOrder),
    payload: record.payload.map(payloadInOrder),
    prev: place.prev,
    receipts: record.receipts.map(receiptInOrder),
    recordId: record.recordId,
    revision: record.revision,
    seq: place.seq,
    splitFrom: record.splitFrom,
    supersedes: record.supersedes && supersededInOrder(record.supersedes),
    tenant: record.tenant,
    v: 1,
  };
}
