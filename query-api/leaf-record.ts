import type {
  AuditRecord,
  Facts,
  PayloadField,
  Receipt,
  Superseded,
} from '../schemas/record-types.ts';

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
  const { decisions = [], definitions = [], receipts, supersedes } = record;
  return {
    ...record,
    decisions,
    definitions,
    facts: wholeFacts(record.facts),
    receipts: receipts.map(wholeReceipt),
    supersedes: supersedes && { ...supersedes, facts: wholeFacts(supersedes.facts) },
  };
}

type LaterFact =
  'redactionCounts' | 'redactionPolicies' | 'redactions' | 'stages' | 'tokens' | 'toolCallId';
type StoredFacts = Omit<Facts, LaterFact> & Partial<Pick<Facts, LaterFact>>;

type StoredReceipt = Pick<Receipt, 'rule' | 'path' | 'count' | 'action'> & Partial<Receipt>;

/** What came after version 1 of the leaf is left out where it says nothing. */
type StoredLeaf = Omit<
  LeafRecord,
  'facts' | 'receipts' | 'supersedes' | 'decisions' | 'definitions'
> & {
  readonly facts: StoredFacts;
  readonly receipts: readonly StoredReceipt[];
  readonly supersedes: (Omit<Superseded, 'facts'> & { readonly facts: StoredFacts }) | null;
  readonly decisions?: LeafRecord['decisions'];
  readonly definitions?: LeafRecord['definitions'];
};

function wholeFacts(facts: StoredFacts): Facts {
  const { stages = [], toolCallId = null } = facts;
  const { redactions = [], redactionCounts = [], redactionPolicies = [], tokens = [] } = facts;
  const redaction = { redactions, redactionCounts, redactionPolicies, tokens };
  return { ...facts, stages, toolCallId, ...redaction };
}

function wholeReceipt(receipt: StoredReceipt): Receipt {
  const { dataClass = null, keyVersion = null, tokens = [] } = receipt;
  return { ...receipt, dataClass, keyVersion, tokens };
}
