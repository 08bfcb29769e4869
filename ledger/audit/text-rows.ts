import type { ColumnValue } from '../../record-store/row-binary.ts';
import type { ColumnType } from '../../schemas/record-columns.ts';
import type { Table } from '../../schemas/tables.ts';
import type { TextRow } from './audited-store.ts';

/** The row that these values are written as, in texts. */
export function textRow(table: Table, values: readonly ColumnValue[]): TextRow {
  return table.columns.map(({ type }, at) => valueText(type, values[at] ?? null));
}

/** The row as the store answers it, in the same texts. */
export function storedTextRow(table: Table, row: Readonly<Record<string, unknown>>): TextRow {
  return table.columns.map(({ name }) => storedText(row[name]));
}

/** What to select so that `storedTextRow` can read it. */
export function textColumns(table: Table): string {
  return table.columns
    .map(({ name, type }) => `${selected(table, name, type)} AS \`${name}\``)
    .join(', ');
}

/** The SQL of a column; a name is that of the table's, not of the answer's. */
function selected(table: Table, name: string, type: ColumnType): string {
  const column = `${table.name}.\`${name}\``;
  if (type.startsWith('FixedString')) return `lower(hex(${column}))`;
  if (type.startsWith('DateTime64')) return `toUnixTimestamp64Micro(${column})`;
  // A payload's value may be no UTF-8.
  return table.name === 'payloads' && name === 'value' ? `base64Encode(${column})` : column;
}

function valueText(type: ColumnType, value: ColumnValue): string {
  if (value instanceof Uint8Array) {
    return Buffer.from(value).toString(type === 'String' ? 'base64' : 'hex');
  }
  if (value === null) return type.startsWith('Nullable') ? NULL : '';
  if (typeof value === 'number') return String(type === 'UInt8' ? Math.min(value, 0xff) : value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function storedText(value: unknown): string {
  if (value === null || value === undefined) return NULL;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const NULL = '\\N';
