import type { AuditedStore, TextRow } from '../../ledger/audit/audited-store.ts';
import type { ColumnType } from '../../schemas/record-columns.ts';
import type { Table } from '../../schemas/tables.ts';
import { tables } from '../../schemas/tables.ts';

/** A record store in memory: every table as texts, read back from the blocks that were written to it. */
export type MemoryStore = AuditedStore & { readonly rowsOf: Map<string, string[][]> };

export function memoryStore(): MemoryStore {
  const rowsOf = new Map<string, string[][]>(tables.map(({ name }) => [name, []]));
  const all = (table: string): readonly TextRow[] => rowsOf.get(table) ?? [];
  const at = (table: string, column: string): number =>
    tables.find(({ name }) => name === table)?.columns.findIndex(({ name }) => name === column) ??
    -1;
  const of = (table: string, logId: string): readonly TextRow[] =>
    all(table).filter((row) => row[at(table, 'log_id')] === logId);
  const within = (table: string, logId: string, from: number, to: number): readonly TextRow[] =>
    of(table, logId).filter((row) => {
      const index = Number(row[at(table, 'leaf_index')]);
      return index >= from && index < to;
    });
  return {
    rowsOf,
    heads: async (logId) =>
      of('checkpoints', logId).map(([, size, root, note]) => {
        return { size: Number(size), root: root ?? '', note: note ?? '' };
      }),
    leaves: async (logId, from, to) =>
      within('leaves', logId, from, to).map(
        ([, index, tenant, seq, callId, revision, time, leaf, hash]) => ({
          index: Number(index),
          tenant: tenant ?? '',
          seq: Number(seq),
          callId: callId ?? '',
          revision: Number(revision),
          appendTimeUs: Number(time),
          leaf: leaf ?? '',
          hash: hash ?? '',
        }),
      ),
    leafEnd: async (logId) =>
      of('leaves', logId).reduce((end, row) => Math.max(end, Number(row[1]) + 1), 0),
    nodes: async (logId) =>
      of('nodes', logId).map(([, level, index, hash]) => {
        return { level: Number(level), index: Number(index), hash: hash ?? '' };
      }),
    rows: async (table, logId, from, to) => within(table, logId, from, to),
    registryRows: async (from, to) =>
      all('registry').filter((row) => Number(row[1]) >= from && Number(row[1]) < to),
    tops: async (table) => {
      const tops = new Map<string, number>();
      for (const row of all(table)) {
        const logId = row[at(table, 'log_id')] ?? '';
        const index = Number(row[at(table, 'leaf_index')]);
        const width = 2 ** Number(row[1]);
        const top =
          table === 'checkpoints'
            ? Number(row[1])
            : table === 'nodes'
              ? (Number(row[2]) + 1) * width
              : index + 1;
        tops.set(logId, Math.max(tops.get(logId) ?? 0, top));
      }
      return tops;
    },
    strays: async (table, logs) => {
      const placed = (row: TextRow): boolean =>
        logs.some(({ logId, end }) => {
          if (row[at(table, 'log_id')] !== logId) return false;
          if (table === 'checkpoints') return Number(row[1]) <= end;
          if (table !== 'nodes') return Number(row[at(table, 'leaf_index')]) < end;
          const level = Number(row[1]);
          return level % 8 === 0 && level > 0 && Number(row[2]) < Math.floor(end / 2 ** level);
        });
      return all(table).filter((row) => !placed(row)).length;
    },
  };
}

/** Writes a block's bytes. Source of the format: ClickHouse, "RowBinary". */
export function writeRows(store: MemoryStore, table: Table, bytes: Buffer): void {
  const reader = new BinaryReader(bytes);
  const rows = store.rowsOf.get(table.name);
  while (!reader.atEnd()) rows?.push(table.columns.map((one) => textOf(reader, table, one)));
}

function textOf(reader: BinaryReader, table: Table, column: Table['columns'][number]): string {
  const { name, type } = column;
  if (table.name === 'payloads' && name === 'value') return reader.bytes().toString('base64');
  return readText[type](reader);
}

const readText: Readonly<Record<ColumnType, (reader: BinaryReader) => string>> = {
  'LowCardinality(String)': (reader) => reader.bytes().toString(),
  String: (reader) => reader.bytes().toString(),
  'FixedString(8)': (reader) => reader.take(8).toString('hex'),
  'FixedString(16)': (reader) => reader.take(16).toString('hex'),
  'FixedString(32)': (reader) => reader.take(32).toString('hex'),
  Int8: (reader) => String(reader.take(1).readInt8()),
  UInt8: (reader) => String(reader.take(1).readUInt8()),
  UInt16: (reader) => String(reader.take(2).readUInt16LE()),
  UInt32: (reader) => String(reader.take(4).readUInt32LE()),
  Int64: (reader) => String(reader.take(8).readBigInt64LE()),
  UInt64: (reader) => String(reader.take(8).readBigUInt64LE()),
  'Nullable(Int64)': (reader) =>
    reader.take(1).readUInt8() === 1 ? '\\N' : String(reader.take(8).readBigInt64LE()),
  "DateTime64(6, 'UTC')": (reader) => String(reader.take(8).readBigInt64LE()),
  'Array(LowCardinality(String))': (reader) =>
    JSON.stringify(reader.list(() => reader.bytes().toString())),
  'Array(String)': (reader) => JSON.stringify(reader.list(() => reader.bytes().toString())),
  'Array(Int64)': (reader) =>
    JSON.stringify(reader.list(() => Number(reader.take(8).readBigInt64LE()))),
};

class BinaryReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(length: number): Buffer {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  bytes(): Buffer {
    return this.take(this.#varint());
  }

  list<Item>(read: () => Item): readonly Item[] {
    return Array.from({ length: this.#varint() }, read);
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.take(1).readUInt8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }
}
