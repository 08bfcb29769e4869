import { OtlpError } from './errors.ts';

/** A place in protobuf bytes. Functions of this file move `at`; none reads at or behind the `end` it is given. */
export type Cursor = { readonly bytes: Buffer; at: number };

/** Wire types that OTLP uses. Groups (3, 4) are malformed to us. Source: protobuf encoding specification. */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A view of the same memory; nothing is copied. */
export function cursorOver(bytes: Uint8Array): Cursor {
  return { bytes: asBuffer(bytes), at: 0 };
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The next field's tag (number × 8 + wire type). Field numbers above 2^28 and 0 are malformed. */
export function readTag(cursor: Cursor, end: number): number {
  const first = cursor.at < end ? (cursor.bytes[cursor.at] ?? 0) : 0x80;
  if (first < 0x80 && first > 7) {
    cursor.at += 1;
    return first;
  }
  const tag = readVarint(cursor, end);
  if (tag < 8 || tag > 0x7fffffff) throw malformed('a field number is out of range');
  return tag;
}

/** A varint of at most 10 bytes as a number: exact below 2^53, else the nearest double. */
export function readVarint(cursor: Cursor, end: number): number {
  const { bytes } = cursor;
  let value = 0;
  let unit = 1;
  for (let count = 0; count < 10; count += 1) {
    if (cursor.at >= end) throw malformed('a varint is cut off');
    const byte = bytes[cursor.at] ?? 0;
    cursor.at += 1;
    value += (byte & 0x7f) * unit;
    if (byte < 0x80) return value;
    unit *= 128;
  }
  throw malformed('a varint is longer than 10 bytes');
}

/** A length-delimited field's length; afterwards `at` is its first byte and `at + length` does not pass `end`. */
export function readLength(cursor: Cursor, end: number): number {
  const first = cursor.at < end ? (cursor.bytes[cursor.at] ?? 0) : 0x80;
  let length = first;
  if (first < 0x80) cursor.at += 1;
  else length = readVarint(cursor, end);
  if (length > end - cursor.at) throw malformed('a length passes the end of its message');
  return length;
}

/** An int64: a number where that is exact, else a bigint. Bits above 64 are cut off, as protobuf says. */
export function readInt64(cursor: Cursor, end: number): number | bigint {
  const start = cursor.at;
  const approximate = readVarint(cursor, end);
  if (cursor.at - start <= 7) return approximate;
  let exact = 0n;
  for (let at = cursor.at - 1; at >= start; at -= 1) {
    exact = (exact << 7n) | BigInt((cursor.bytes[at] ?? 0) & 0x7f);
  }
  exact = BigInt.asIntN(64, exact);
  const number = Number(exact);
  return Number.isSafeInteger(number) ? number : exact;
}

/** Moves behind a field's value. Unknown wire types and groups are malformed. */
export function skipField(cursor: Cursor, tag: number, end: number): void {
  switch (tag & 7) {
    case wireTypes.varint:
      readVarint(cursor, end);
      return;
    case wireTypes.fixed64:
      skipBytes(cursor, 8, end);
      return;
    case wireTypes.bytes:
      skipBytes(cursor, readLength(cursor, end), end);
      return;
    case wireTypes.fixed32:
      skipBytes(cursor, 4, end);
      return;
    default:
      throw malformed('a wire type is not known');
  }
}

/** Moves `count` bytes on and gives the place before. */
export function skipBytes(cursor: Cursor, count: number, end: number): number {
  const start = cursor.at;
  if (count > end - start) throw malformed('a fixed-size value is cut off');
  cursor.at = start + count;
  return start;
}

/**
 * Microseconds of a fixed64 in nanoseconds, rounded down. Without 64-bit integers: 2^32 = 4294967 × 1000 + 296, so each
 * product stays exact for every time before the year 2262. Later than 2^53 − 2 µs (the year 2255) is that: it is
 * the largest number that avsc writes, and no record could hold a larger one.
 */
export function microsecondsAt(bytes: Buffer, at: number): number {
  const low = bytes.readUInt32LE(at);
  const high = bytes.readUInt32LE(at + 4);
  const us = high * 4294967 + Math.floor((high * 296 + low) / 1000);
  return us < US_MAX ? us : US_MAX;
}

const US_MAX = Number.MAX_SAFE_INTEGER - 1;

export function malformed(detail: string): OtlpError {
  return new OtlpError('OTLP_MALFORMED', detail);
}
