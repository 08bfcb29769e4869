import type { AuditRecord, PayloadField } from '../schemas/record-types.ts';

/** The record as it is sealed: everything but the payload's values, which stand in a table of their own. */
export type LeafRecord = Omit<AuditRecord, 'payload'> & {
  readonly payload: readonly Omit<PayloadField, 'value'>[];
};

/**
 * The record of a leaf's canonical JSON. The ledger wrote it from an Avro record, so its shape is that of the schema; a leaf that
 * is no JSON object is damage in the store, and an error.
 */
export function parseLeaf(leaf: string): LeafRecord {
  const value: unknown = JSON.parse(leaf);
  if (typeof value !== 'object' || value === null || !('callId' in value)) {
    throw new Error('A leaf of the record store holds no record.');
  }
  return value as LeafRecord;
}
