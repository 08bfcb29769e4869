import { RowBlock } from '../record-store/row-binary.ts';
import type { ColumnValue } from '../record-store/row-binary.ts';
import { factColumns } from '../schemas/record-columns.ts';
import type { AuditRecord, Charge, Facts } from '../schemas/record-types.ts';
import {
  chargesTable,
  leavesTable,
  payloadsTable,
  recordsTable,
  registryTable,
} from '../schemas/tables.ts';

/** The rows of a batch, one block a table. They are inserted in this order: leaves last. */
export type Blocks = {
  readonly records: RowBlock;
  readonly charges: RowBlock;
  readonly payloads: RowBlock;
  readonly registry: RowBlock;
  readonly leaves: RowBlock;
};

export function newBlocks(): Blocks {
  return {
    records: new RowBlock(recordsTable),
    charges: new RowBlock(chargesTable),
    payloads: new RowBlock(payloadsTable),
    registry: new RowBlock(registryTable),
    leaves: new RowBlock(leavesTable),
  };
}

/** Which leaf the rows are derived from. */
export type RowPlace = { readonly logId: string; readonly leafIndex: number };

/**
 * Adds what is searched and summed of a record: its own rows, and for what it supersedes the same rows as those had, with sign −1. A
 * record that proved to be another call has no rows of its own: the other call has them.
 */
export function addRecordRows(blocks: Blocks, place: RowPlace, record: AuditRecord): void {
  const { supersedes } = record;
  if (supersedes) {
    const earlier = { sign: -1, revision: revisionOf(supersedes.recordId), record };
    addSearchRows(blocks, place, { ...earlier, ...supersedes });
  }
  if (record.mergedInto === null) {
    const { revision, facts, charges } = record;
    addSearchRows(blocks, place, { sign: 1, revision, record, facts, charges });
  }
  for (const field of record.payload) {
    blocks.payloads.add([
      record.tenant,
      place.logId,
      place.leafIndex,
      record.callId,
      record.revision,
      record.facts.timeUs,
      field.name,
      field.mediaType,
      field.value,
      field.bytes,
      field.digest,
      field.truncated ? 1 : 0,
    ]);
  }
}

/** One revision's rows with one sign. */
type Signed = {
  readonly sign: number;
  readonly revision: number;
  readonly record: AuditRecord;
  readonly facts: Facts;
  readonly charges: readonly Charge[];
};

const factNames = factColumns.map(({ fact }) => fact);

function addSearchRows(blocks: Blocks, place: RowPlace, signed: Signed): void {
  const { record, facts } = signed;
  const head: readonly ColumnValue[] = [
    record.tenant,
    place.logId,
    place.leafIndex,
    signed.sign,
    record.kind,
    record.callId,
    signed.revision,
  ];
  const row: ColumnValue[] = [...head];
  for (const name of factNames) row.push(facts[name]);
  blocks.records.add(row);
  for (const charge of signed.charges) blocks.charges.add(chargeRow(head, facts, charge));
}

function chargeRow(
  head: readonly ColumnValue[],
  facts: Facts,
  charge: Charge,
): readonly ColumnValue[] {
  return [
    ...head,
    facts.timeUs,
    facts.team,
    facts.user,
    facts.agent,
    facts.server,
    facts.tool,
    facts.model,
    charge.meter,
    charge.unit,
    charge.quantity,
    charge.sku,
    charge.priceId,
    charge.currency,
    charge.amountNano,
    charge.source,
  ];
}

/** The revision in a record id `<callId>.<revision>`. */
function revisionOf(recordId: string): number {
  return Number(recordId.slice(recordId.lastIndexOf('.') + 1));
}
