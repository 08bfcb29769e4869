import type { AuditRecord, Facts, PayloadField, Superseded } from '../schemas/record-types.ts';

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
  const record = value as StoredLeaf;
  const { decisions = [], definitions = [], supersedes } = record;
  return {
    ...record,
    decisions,
    definitions,
    facts: wholeFacts(record.facts),
    supersedes: supersedes && { ...supersedes, facts: wholeFacts(supersedes.facts) },
  };
}

type LaterFact = 'stages' | 'toolCallId';
type StoredFacts = Omit<Facts, LaterFact> & Partial<Pick<Facts, LaterFact>>;

/** What came after version 1 of the leaf is left out where it says nothing. */
type StoredLeaf = Omit<LeafRecord, 'facts' | 'supersedes' | 'decisions' | 'definitions'> & {
  readonly facts: StoredFacts;
  readonly supersedes: (Omit<Superseded, 'facts'> & { readonly facts: StoredFacts }) | null;
  readonly decisions?: LeafRecord['decisions'];
  readonly definitions?: LeafRecord['definitions'];
};

function wholeFacts(facts: StoredFacts): Facts {
  const { stages = [], toolCallId = null } = facts;
  return { ...facts, stages, toolCallId };
}
