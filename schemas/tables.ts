import type { ColumnType } from './record-columns.ts';
import { factColumns } from './record-columns.ts';

export type Table = {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: ColumnType }[];
};

/** Where a row stands: log, dense index of its leaf; and which record it tells of. */
const place = [
  { name: 'tenant', type: 'LowCardinality(String)' },
  { name: 'log_id', type: 'LowCardinality(String)' },
  { name: 'leaf_index', type: 'UInt64' },
] as const;

const record = [
  ...place,
  /** +1 for a record; −1 repeats the row of the record that this leaf supersedes, so that sums and filters cancel it. */
  { name: 'sign', type: 'Int8' },
  { name: 'kind', type: 'LowCardinality(String)' },
  { name: 'call_id', type: 'FixedString(16)' },
  { name: 'revision', type: 'UInt16' },
] as const;

/** One row a record (and a −1 row for each it supersedes): what is searched. */
export const recordsTable: Table = {
  name: 'records',
  columns: [...record, ...factColumns.map(({ column, type }) => ({ name: column, type }))],
};

/** One row a charge, with the dimensions that charges are summed by. A −1 row takes a superseded charge back. */
export const chargesTable: Table = {
  name: 'charges',
  columns: [
    ...record,
    { name: 'time', type: "DateTime64(6, 'UTC')" },
    { name: 'team', type: 'LowCardinality(String)' },
    { name: 'user', type: 'LowCardinality(String)' },
    { name: 'agent', type: 'LowCardinality(String)' },
    { name: 'server', type: 'LowCardinality(String)' },
    { name: 'tool', type: 'LowCardinality(String)' },
    { name: 'model', type: 'LowCardinality(String)' },
    { name: 'meter', type: 'LowCardinality(String)' },
    { name: 'unit', type: 'LowCardinality(String)' },
    { name: 'quantity', type: 'Int64' },
    { name: 'sku', type: 'LowCardinality(String)' },
    { name: 'price_id', type: 'LowCardinality(String)' },
    { name: 'currency', type: 'LowCardinality(String)' },
    { name: 'amount_nano', type: 'Nullable(Int64)' },
    { name: 'source', type: 'LowCardinality(String)' },
  ],
};

/** Redacted payload values: the search copy, which only the eraser may delete from. */
export const payloadsTable: Table = {
  name: 'payloads',
  columns: [
    ...place,
    { name: 'call_id', type: 'FixedString(16)' },
    { name: 'revision', type: 'UInt16' },
    { name: 'time', type: "DateTime64(6, 'UTC')" },
    { name: 'field', type: 'LowCardinality(String)' },
    { name: 'media_type', type: 'LowCardinality(String)' },
    { name: 'value', type: 'String' },
    { name: 'bytes', type: 'Int64' },
    /** Opens the leaf's commitment to the value; dies with it. */
    { name: 'salt', type: 'FixedString(32)' },
    { name: 'truncated', type: 'UInt8' },
  ],
};

/** The evidence: each record's canonical leaf bytes in log order. Everything in `records` and `charges` is derived from it. */
export const leavesTable: Table = {
  name: 'leaves',
  columns: [
    { name: 'log_id', type: 'LowCardinality(String)' },
    { name: 'leaf_index', type: 'UInt64' },
    { name: 'tenant', type: 'LowCardinality(String)' },
    /** Dense number of the record in its stream (one tenant's records in one log). */
    { name: 'seq', type: 'UInt64' },
    { name: 'call_id', type: 'FixedString(16)' },
    { name: 'revision', type: 'UInt16' },
    { name: 'append_time', type: "DateTime64(6, 'UTC')" },
    { name: 'leaf', type: 'String' },
    { name: 'leaf_hash', type: 'FixedString(32)' },
  ],
};

/** What is declared: the servers, agents, teams of each registry document, by the registry offset that brought them. */
export const registryTable: Table = {
  name: 'registry',
  columns: [
    { name: 'tenant', type: 'LowCardinality(String)' },
    { name: 'version', type: 'Int64' },
    { name: 'time', type: "DateTime64(6, 'UTC')" },
    { name: 'kind', type: 'LowCardinality(String)' },
    { name: 'id', type: 'String' },
    { name: 'name', type: 'String' },
    { name: 'team', type: 'LowCardinality(String)' },
    { name: 'owner', type: 'String' },
    { name: 'status', type: 'LowCardinality(String)' },
    { name: 'document', type: 'String' },
  ],
};

/** Nodes of each log's tree at levels 8, 16, 24, …, as they become complete. */
export const nodesTable: Table = {
  name: 'nodes',
  columns: [
    { name: 'log_id', type: 'LowCardinality(String)' },
    { name: 'level', type: 'UInt8' },
    { name: 'node_index', type: 'UInt64' },
    { name: 'hash', type: 'FixedString(32)' },
  ],
};

/** Signed heads of the logs' trees. */
export const checkpointsTable: Table = {
  name: 'checkpoints',
  columns: [
    { name: 'log_id', type: 'LowCardinality(String)' },
    { name: 'size', type: 'UInt64' },
    { name: 'root', type: 'FixedString(32)' },
    /** The signed note (C2SP tlog-checkpoint), as it was signed. */
    { name: 'note', type: 'String' },
  ],
};

/** Who read what. */
export const readsTable: Table = {
  name: 'reads',
  columns: [
    ...place,
    { name: 'time', type: "DateTime64(6, 'UTC')" },
    { name: 'key_id', type: 'LowCardinality(String)' },
    { name: 'role', type: 'LowCardinality(String)' },
    { name: 'route', type: 'LowCardinality(String)' },
    { name: 'parameters', type: 'String' },
    { name: 'rows', type: 'UInt64' },
  ],
};

export const tables: readonly Table[] = [
  recordsTable,
  chargesTable,
  payloadsTable,
  leavesTable,
  registryTable,
  nodesTable,
  checkpointsTable,
  readsTable,
];
