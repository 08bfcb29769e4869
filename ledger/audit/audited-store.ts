/** A head as the store holds it. */
export type HeadRow = { readonly size: number; readonly root: string; readonly note: string };

/** A leaf as the store holds it: its bytes, and the columns beside them. Hashes and ids in hex. */
export type LeafRow = {
  readonly index: number;
  readonly tenant: string;
  readonly seq: number;
  readonly callId: string;
  readonly revision: number;
  readonly appendTimeUs: number;
  readonly leaf: string;
  readonly hash: string;
};

export type NodeRow = { readonly level: number; readonly index: number; readonly hash: string };

/** A row as texts, in the order of its table's columns (`text-rows.ts`). */
export type TextRow = readonly string[];

/** Tables whose rows are derived from a leaf that they name. */
export const derivedTables = ['records', 'charges', 'payloads', 'reads'] as const;
export type DerivedTable = (typeof derivedTables)[number];

/** Tables whose rows have a place in a log. */
export const placedTables = [...derivedTables, 'leaves', 'nodes', 'checkpoints'] as const;
export type PlacedTable = (typeof placedTables)[number];

/** What an auditor reads of a store: everything, as it stands. */
export interface AuditedStore {
  heads(logId: string): Promise<readonly HeadRow[]>;
  /** Leaves [from, to), by index; doubled ones twice. */
  leaves(logId: string, from: number, to: number): Promise<readonly LeafRow[]>;
  /** One more than the highest index, or 0. */
  leafEnd(logId: string): Promise<number>;
  nodes(logId: string): Promise<readonly NodeRow[]>;
  rows(table: DerivedTable, logId: string, from: number, to: number): Promise<readonly TextRow[]>;
  /** Rows of what was declared, at offsets [from, to) of the registry's topic. */
  registryRows(from: number, to: number): Promise<readonly TextRow[]>;
  /** How many leaves each log would have for the furthest row of the table, by log. */
  tops(table: PlacedTable): Promise<ReadonlyMap<string, number>>;
  /** How many rows of the table name a log or leaf that is not there. */
  strays(
    table: PlacedTable,
    logs: readonly { readonly logId: string; readonly end: number }[],
  ): Promise<number>;
}
