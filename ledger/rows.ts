import { z } from 'zod';
import { RowBlock } from '../record-store/row-binary.ts';
import type { ColumnValue } from '../record-store/row-binary.ts';
import { factColumns } from '../schemas/record-columns.ts';
import type { AuditRecord, Charge, Facts, RegistryEvent } from '../schemas/record-types.ts';
import {
  chargesTable,
  leavesTable,
  payloadsTable,
  readsTable,
  recordsTable,
  registryTable,
} from '../schemas/tables.ts';
import type { DeclaredItem } from '../registry/declared-items.ts';
import type { FactRecord } from '../schemas/leaf-record.ts';
import type { LeafPlace } from './leaf.ts';
import type { SealedValue } from './record-secrets.ts';

/** The rows of a batch, one block a table. They are inserted in this order: leaves last. */
export type Blocks = {
  readonly records: RowBlock;
  readonly charges: RowBlock;
  readonly payloads: RowBlock;
  readonly registry: RowBlock;
  readonly reads: RowBlock;
  readonly leaves: RowBlock;
};

export function newBlocks(): Blocks {
  return {
    records: new RowBlock(recordsTable),
    charges: new RowBlock(chargesTable),
    payloads: new RowBlock(payloadsTable),
    registry: new RowBlock(registryTable),
    reads: new RowBlock(readsTable),
    leaves: new RowBlock(leavesTable),
  };
}

/** What takes rows of a table: a block to be written, or an audit's expectation. */
export type RowSink = Pick<RowBlock, 'add'>;

/** Which leaf the rows are derived from. */
export type RowPlace = Pick<LeafPlace, 'log' | 'index'>;

/**
 * Adds what is searched and summed of a record: its own rows, and for what it supersedes the same rows as those had, with sign −1. A
 * record that proved to be another call has no rows of its own: the other call has them. `values` are its payload fields in their order, and what
 * else its leaf commits to; one whose key was destroyed is not kept.
 */
export function addRecordRows(
  blocks: Blocks,
  place: RowPlace,
  record: AuditRecord,
  values: readonly SealedValue[],
): void {
  addFactRows(blocks, place, record);
  for (const [at, { name, value, salt }] of values.entries()) {
    if (salt === null) continue;
    const field = record.payload[at];
    blocks.payloads.add([
      record.tenant,
      place.log,
      place.index,
      record.callId,
      record.revision,
      record.facts.timeUs,
      name,
      field?.mediaType ?? 'application/json',
      value,
      field?.bytes ?? value.length,
      salt,
      field?.truncated ? 1 : 0,
    ]);
  }
}

/** Adds who read what. The event's body is what `query-api` wrote. */
export function addReadRow(
  sinks: { readonly reads: RowSink },
  place: RowPlace,
  event: RegistryEvent,
): void {
  const read = readBodySchema.parse(JSON.parse(event.body));
  const { keyId, role, route, parameters, rows } = read;
  const asked = JSON.stringify(parameters);
  const { log, index } = place;
  sinks.reads.add([event.tenant, log, index, event.timeUs, keyId, role, route, asked, rows]);
}

const readBodySchema = z.object({
  keyId: z.string(),
  role: z.string(),
  route: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  rows: z.number().int().min(0),
});

/** Adds what an event declares, under the offset of its message. */
export function addRegistryRows(
  sinks: { readonly registry: RowSink },
  offset: number,
  { tenant, timeUs }: RegistryEvent,
  items: readonly DeclaredItem[],
): void {
  for (const { kind, id, name, team, owner, status, document } of items) {
    sinks.registry.add([tenant, offset, timeUs, kind, id, name, team, owner, status, document]);
  }
}

/** Keeps a body that is too large for its leaf. The leaf has its plain digest, so there is nothing to open. */
export function addBodyRow(
  sinks: { readonly payloads: RowSink },
  place: RowPlace & { readonly callId: string },
  { tenant, timeUs, body }: RegistryEvent,
): void {
  const { log, index, callId } = place;
  const value = Buffer.from(body);
  const salt = Buffer.alloc(32);
  const kept = ['$body', 'application/json', value, value.length, salt, 0] as const;
  sinks.payloads.add([tenant, log, index, callId, 0, timeUs, ...kept]);
}

type FactSinks = { readonly records: RowSink; readonly charges: RowSink };

/** Adds the rows of `records` and `charges`. */
export function addFactRows(sinks: FactSinks, place: RowPlace, record: FactRecord): void {
  const { supersedes } = record;
  if (supersedes) {
    const earlier = { sign: -1, revision: revisionOf(supersedes.recordId), record };
    addSearchRows(sinks, place, { ...earlier, ...supersedes });
  }
  if (record.mergedInto === null) {
    const { revision, facts, charges } = record;
    addSearchRows(sinks, place, { sign: 1, revision, record, facts, charges });
  }
}

/** One revision's rows with one sign. */
type Signed = {
  readonly sign: number;
  readonly revision: number;
  readonly record: FactRecord;
  readonly facts: Facts;
  readonly charges: readonly Charge[];
};

const factNames = factColumns.map(({ fact }) => fact);

function addSearchRows(sinks: FactSinks, place: RowPlace, signed: Signed): void {
  const { record, facts } = signed;
  const head: readonly ColumnValue[] = [
    record.tenant,
    place.log,
    place.index,
    signed.sign,
    record.kind,
    record.callId,
    signed.revision,
  ];
  const row: ColumnValue[] = [...head];
  for (const name of factNames) row.push(facts[name]);
  sinks.records.add(row);
  for (const charge of signed.charges) sinks.charges.add(chargeRow(head, facts, charge));
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
