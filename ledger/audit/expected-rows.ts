import type { ColumnValue } from '../../record-store/row-binary.ts';
import type { Table } from '../../schemas/tables.ts';
import { chargesTable, readsTable, recordsTable, registryTable } from '../../schemas/tables.ts';
import type { TextRow } from './audited-store.ts';
import { textRow } from './text-rows.ts';

/** Rows that leaves ask for, a table. */
export class TableRows<Name extends string> {
  readonly name: Name;
  readonly table: Table;
  readonly rows: TextRow[] = [];

  constructor(name: Name, table: Table) {
    this.name = name;
    this.table = table;
  }

  add(values: readonly ColumnValue[]): void {
    this.rows.push(textRow(this.table, values));
  }
}

/** What a chunk of leaves asks for. */
export class Expected {
  readonly records = new TableRows('records', recordsTable);
  readonly charges = new TableRows('charges', chargesTable);
  readonly reads = new TableRows('reads', readsTable);
  readonly registry = new TableRows('registry', registryTable);
}
