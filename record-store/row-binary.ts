import assert from 'node:assert/strict';
import type { ColumnType } from '../schemas/record-columns.ts';
import type { Table } from '../schemas/tables.ts';

/**
 * A value of a column. Text: a string or UTF-8 bytes, null as the empty string. FixedString: hex digits or exactly the bytes.
 * DateTime64(6): microseconds since the epoch. Numbers are safe integers.
 */
export type ColumnValue =
  string | number | null | Uint8Array | readonly string[] | readonly number[];

/** Rows of one table in ClickHouse's RowBinary format, as one block. Source: ClickHouse, "RowBinary". */
export class RowBlock {
  readonly table: Table;
  rows = 0;
  readonly #writers: readonly ColumnWriter[];
  readonly #out = new GrowingBuffer();

  constructor(table: Table) {
    this.table = table;
    this.#writers = writersOf(table);
  }

  /** Values in the order of the table's columns. */
  add(values: readonly ColumnValue[]): void {
    assert(values.length === this.#writers.length, `a row of ${this.table.name} has every column`);
    const out = this.#out;
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] ?? null;
      const writer = this.#writers[index];
      // Most columns are texts, and most of those are empty: a call through the table of writers each would cost more than the bytes.
      if (writer !== writeText) writer?.(out, value);
      else if (value === null || value === '') out.byte(0);
      else writeText(out, value);
    }
    this.rows += 1;
  }

  /** The bytes so far, not copied: they may change when rows are added later. */
  bytes(): Buffer {
    return this.#out.written();
  }
}

type ColumnWriter = (out: GrowingBuffer, value: ColumnValue) => void;

const writers: Readonly<Record<ColumnType, ColumnWriter>> = {
  'LowCardinality(String)': writeText,
  String: writeText,
  'FixedString(8)': (out, value) => out.fixed(value, 8),
  'FixedString(16)': (out, value) => out.fixed(value, 16),
  'FixedString(32)': (out, value) => out.fixed(value, 32),
  Int8: (out, value) => out.byte(integer(value) & 0xff),
  // A count of more than a byte holds is the largest that it holds, not what is left of it.
  UInt8: (out, value) => out.byte(Math.min(integer(value), 0xff)),
  UInt16: (out, value) => out.uint16(integer(value)),
  UInt32: (out, value) => out.uint32(integer(value)),
  Int64: (out, value) => out.int64(integer(value)),
  UInt64: (out, value) => out.int64(integer(value)),
  'Nullable(Int64)': writeNullableInt64,
  "DateTime64(6, 'UTC')": (out, value) => out.int64(integer(value)),
  'Array(LowCardinality(String))': writeList,
  'Array(String)': writeList,
  'Array(Int64)': writeList,
};

const knownWriters = new WeakMap<Table, readonly ColumnWriter[]>();

function writersOf(table: Table): readonly ColumnWriter[] {
  const known = knownWriters.get(table) ?? table.columns.map(({ type }) => writers[type]);
  knownWriters.set(table, known);
  return known;
}

function integer(value: ColumnValue): number {
  assert(Number.isSafeInteger(value), 'a number column takes a safe integer');
  return Number(value);
}

function writeText(out: GrowingBuffer, value: ColumnValue): void {
  if (typeof value === 'string') out.text(value);
  else if (value === null) out.byte(0);
  else {
    assert(value instanceof Uint8Array, 'a text column takes a string or bytes');
    out.bytes(value);
  }
}

function writeNullableInt64(out: GrowingBuffer, value: ColumnValue): void {
  out.byte(value === null ? 1 : 0);
  if (value !== null) out.int64(integer(value));
}

function writeList(out: GrowingBuffer, value: ColumnValue): void {
  assert(isList(value), 'a list column takes a list');
  out.varint(value.length);
  for (const item of value) {
    if (typeof item === 'string') out.text(item);
    else out.int64(integer(item));
  }
}

function isList(value: ColumnValue): value is readonly string[] | readonly number[] {
  return Array.isArray(value);
}

/** Below this, copying character by character is faster than a call into the runtime. */
const SHORT_TEXT_CHARS = 32;

class GrowingBuffer {
  #buffer = Buffer.allocUnsafeSlow(64 * 1024);
  #at = 0;

  written(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = value;
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#at = this.#buffer.writeUInt16LE(value, this.#at);
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#at = this.#buffer.writeUInt32LE(value, this.#at);
  }

  int64(value: number): void {
    this.#reserve(8);
    const high = Math.floor(value / 2 ** 32);
    this.#at = this.#buffer.writeUInt32LE(value - high * 2 ** 32, this.#at);
    this.#at = this.#buffer.writeInt32LE(high, this.#at);
  }

  varint(value: number): void {
    this.#reserve(5);
    let left = value;
    while (left > 0x7f) {
      this.#buffer[this.#at++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    this.#buffer[this.#at++] = left;
  }

  text(value: string): void {
    if (value.length <= SHORT_TEXT_CHARS && this.#shortAscii(value)) return;
    const length = Buffer.byteLength(value);
    this.varint(length);
    this.#reserve(length);
    this.#at += this.#buffer.write(value, this.#at, 'utf8');
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  fixed(value: ColumnValue, length: number): void {
    this.#reserve(length);
    if (typeof value === 'string') {
      assert(value.length === 2 * length, `${2 * length} hex digits were expected`);
      const written = this.#buffer.write(value, this.#at, length, 'hex');
      assert(written === length, 'only hex digits were expected');
    } else {
      assert(
        value instanceof Uint8Array && value.length === length,
        `${length} bytes were expected`,
      );
      this.#buffer.set(value, this.#at);
    }
    this.#at += length;
  }

  #shortAscii(value: string): boolean {
    this.#reserve(SHORT_TEXT_CHARS + 1);
    const start = this.#at + 1;
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      this.#buffer[start + index] = code;
    }
    this.#buffer[this.#at] = value.length;
    this.#at = start + value.length;
    return true;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
