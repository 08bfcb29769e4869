import type { LeafRecord } from '../../schemas/leaf-record.ts';
import { readLeaf } from '../../schemas/leaf-record.ts';
import { payloadsTable } from '../../schemas/tables.ts';
import { ANNEX_FIELD } from '../leaf.ts';
import { registryLogId } from '../read-control.ts';
import { commitmentOf } from '../../key-store/trace-secrets.ts';
import { addFactRows } from '../rows.ts';
import type { TextRow } from './audited-store.ts';
import type { TableRows } from './expected-rows.ts';
import { Expected } from './expected-rows.ts';
import type { AuditedLeaf, LogAudit } from './log-audit.ts';
import { controlRows } from './control-rows.ts';

type Range = { readonly from: number; readonly to: number };

/** Holds every row that is derived from these leaves against them, column by column. */
export async function auditRows(
  audit: LogAudit,
  leaves: readonly AuditedLeaf[],
  range: Range,
): Promise<void> {
  const { store, logId } = audit;
  const payloads = await store.rows('payloads', logId, range.from, range.to);
  const byLeaf = Map.groupBy(payloads, (row) => Number(row[LEAF_INDEX]));
  const expected = new Expected();
  for (const leaf of leaves) {
    const own = byLeaf.get(leaf.row.index) ?? [];
    byLeaf.delete(leaf.row.index);
    try {
      const record = auditPayloads(audit, leaf, own);
      const place = { log: logId, index: leaf.row.index };
      if (record) addFactRows(expected, place, record);
      else controlRows(expected, place, leaf.row.leaf, own);
    } catch {
      // It was altered to what looks like a leaf: its parts are none that the ledger writes.
      audit.draft.add('LEAF_UNREADABLE', logId, leaf.row.index);
    }
  }
  for (const [index] of byLeaf) audit.draft.add('ROW_UNEXPECTED', logId, index, 'payloads');
  for (const table of [expected.records, expected.charges, expected.reads]) {
    const stored = await store.rows(table.name, logId, range.from, range.to);
    compare(audit, table, stored);
  }
  if (logId === registryLogId) await compareRegistry(audit, expected, leaves);
}

/** Rows as a multiset: what is missing and what is too much, paired where they are of one leaf. */
function compare(
  { draft, logId }: LogAudit,
  { name, table, rows }: TableRows<string>,
  stored: readonly TextRow[],
): void {
  draft.counts.rows += stored.length;
  const left = new Map<string, TextRow[]>();
  for (const row of stored) left.set(row.join('\0'), [...(left.get(row.join('\0')) ?? []), row]);
  const missing = rows.filter((row) => left.get(row.join('\0'))?.pop() === undefined);
  const unexpected = [...left.values()].flat();
  const at = table.columns.findIndex((column) => column.name === 'leaf_index');
  for (const row of missing) {
    const twin = unexpected.findIndex((other) => isTwin(row, other, at));
    const index = at < 0 ? null : Number(row[at]);
    const [other] = twin < 0 ? [] : unexpected.splice(twin, 1);
    if (other === undefined) draft.add('ROW_MISSING', logId, index, name);
    else {
      const columns = table.columns.filter((_, column) => row[column] !== other[column]);
      const names = columns.map((column) => column.name).join(', ');
      draft.add('ROW_DIFFERS', logId, index, `${name}: ${names}`);
    }
  }
  for (const row of unexpected) {
    draft.add('ROW_UNEXPECTED', logId, at < 0 ? null : Number(row[at]), name);
  }
}

/** Two rows are taken for one that was changed when they are alike in all but few columns. */
function isTwin(row: TextRow, other: TextRow, leafIndex: number): boolean {
  const same = row.filter((text, column) => text === other[column]).length;
  return row[leafIndex] === other[leafIndex] && same >= row.length - TWIN_COLUMNS_MAX;
}

const TWIN_COLUMNS_MAX = 3;

async function compareRegistry(
  audit: LogAudit,
  { registry }: Expected,
  leaves: readonly AuditedLeaf[],
): Promise<void> {
  const offsets = leaves.map(({ told }) => told.header.offset);
  const [first] = offsets;
  if (first === undefined) return;
  const stored = await audit.store.registryRows(first, (offsets.at(-1) ?? first) + 1);
  compare(audit, registry, stored);
}

const column = (name: string): number =>
  payloadsTable.columns.findIndex((one) => one.name === name);
const LEAF_INDEX = column('leaf_index');

/** Holds a leaf's payloads against its commitments; gives the record as its leaf, or the annex of a trimmed one, tells it. */
function auditPayloads(
  audit: LogAudit,
  { row, told }: AuditedLeaf,
  stored: readonly TextRow[],
): LeafRecord | undefined {
  const { record, trimmed } = told;
  if (record === undefined) return undefined;
  const annexRow = stored.find((one) => one[column('field')] === ANNEX_FIELD);
  const { draft, logId } = audit;
  if (trimmed && trimmed.commitment !== null) {
    const isRight = annexRow !== undefined && opens(annexRow, trimmed.commitment);
    if (annexRow === undefined) draft.add('PAYLOAD_MISSING', logId, row.index, ANNEX_FIELD);
    else if (!isRight) draft.add('PAYLOAD_DIFFERS', logId, row.index, ANNEX_FIELD);
    if (!isRight) return record;
  }
  const whole =
    annexRow && trimmed ? (readLeaf(valueOf(annexRow).toString()).record ?? record) : record;
  const left = stored.filter((one) => one !== annexRow || !trimmed);
  for (const field of whole.payload) {
    if (field.commitment === null) continue;
    const at = left.findIndex((one) => one[column('field')] === field.name);
    const [own] = at < 0 ? [] : left.splice(at, 1);
    if (own === undefined) {
      const isRedacted = audit.redacted.has(`${whole.tenant} ${field.commitment}`);
      if (!isRedacted) draft.add('PAYLOAD_MISSING', logId, row.index, field.name);
    } else auditPayload(audit, whole, field, own);
  }
  if (annexRow && trimmed) auditPayloadColumns(audit, whole, annexRow, annexColumns(annexRow));
  for (const _ of left) draft.add('ROW_UNEXPECTED', logId, row.index, 'payloads');
  draft.counts.rows += stored.length;
  return whole;
}

function auditPayload(
  audit: LogAudit,
  record: LeafRecord,
  field: LeafRecord['payload'][number],
  row: TextRow,
): void {
  const index = Number(row[LEAF_INDEX]);
  if (field.commitment !== null && !opens(row, field.commitment)) {
    audit.draft.add('PAYLOAD_DIFFERS', audit.logId, index, field.name);
  }
  const { mediaType, bytes, truncated } = field;
  auditPayloadColumns(audit, record, row, { mediaType, bytes, truncated: truncated ? 1 : 0 });
}

function annexColumns(row: TextRow) {
  return { mediaType: 'application/json', bytes: valueOf(row).length, truncated: 0 };
}

function auditPayloadColumns(
  { draft, logId }: LogAudit,
  record: LeafRecord,
  row: TextRow,
  said: { readonly mediaType: string; readonly bytes: number; readonly truncated: number },
): void {
  const columns = {
    tenant: record.tenant,
    call_id: record.callId,
    revision: record.revision,
    time: record.facts.timeUs,
    media_type: said.mediaType,
    bytes: said.bytes,
    truncated: said.truncated,
  };
  for (const [name, value] of Object.entries(columns)) {
    if (row[column(name)] === String(value)) continue;
    draft.add('ROW_DIFFERS', logId, Number(row[LEAF_INDEX]), `payloads: ${name}`);
  }
}

function opens(row: TextRow, commitment: string): boolean {
  const salt = Buffer.from(row[column('salt')] ?? '', 'hex');
  return commitmentOf(salt, row[column('field')] ?? '', valueOf(row)) === commitment;
}

function valueOf(row: TextRow): Buffer {
  return Buffer.from(row[column('value')] ?? '', 'base64');
}
