/** A buffer that grows by doubling. `at` is how much of it is written. */
export type Writer = { bytes: Buffer; at: number };

export function createWriter(bytesExpected = 1024): Writer {
  return { bytes: Buffer.allocUnsafe(Math.max(bytesExpected, 16)), at: 0 };
}

/** What was written, as a view: valid until the next write. */
export function written(writer: Writer): Buffer {
  return writer.bytes.subarray(0, writer.at);
}

export function reserve(writer: Writer, count: number): void {
  const needed = writer.at + count;
  if (needed <= writer.bytes.length) return;
  const grown = Buffer.allocUnsafe(Math.max(needed, writer.bytes.length * 2));
  writer.bytes.copy(grown, 0, 0, writer.at);
  writer.bytes = grown;
}

/** A varint of a number below 2^53. */
export function writeVarint(writer: Writer, value: number): void {
  reserve(writer, 10);
  let rest = value;
  while (rest > 0x7f) {
    writer.bytes[writer.at] = (rest % 128) | 0x80;
    writer.at += 1;
    rest = Math.floor(rest / 128);
  }
  writer.bytes[writer.at] = rest;
  writer.at += 1;
}

/** A varint of any int64 or uint64; negative numbers take 10 bytes. */
export function writeVarint64(writer: Writer, value: bigint): void {
  reserve(writer, 10);
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    writer.bytes[writer.at] = Number(rest & 0x7fn) | 0x80;
    writer.at += 1;
    rest >>= 7n;
  }
  writer.bytes[writer.at] = Number(rest);
  writer.at += 1;
}

export function writeFixed64(writer: Writer, value: bigint): void {
  reserve(writer, 8);
  writer.at = writer.bytes.writeBigUInt64LE(BigInt.asUintN(64, value), writer.at);
}

export function writeFixed32(writer: Writer, value: number): void {
  reserve(writer, 4);
  writer.at = writer.bytes.writeUInt32LE(value >>> 0, writer.at);
}

export function writeDouble(writer: Writer, value: number): void {
  reserve(writer, 8);
  writer.at = writer.bytes.writeDoubleLE(value, writer.at);
}

/** Below this a loop is faster than the call that copies. */
const LOOP_BYTES_MAX = 24;

export function writeRange(writer: Writer, source: Uint8Array, start: number, end: number): void {
  const length = end - start;
  reserve(writer, length);
  const { bytes, at } = writer;
  if (length <= LOOP_BYTES_MAX) {
    for (let index = 0; index < length; index += 1) bytes[at + index] = source[start + index] ?? 0;
  } else if (Buffer.isBuffer(source)) source.copy(bytes, at, start, end);
  else bytes.set(source.subarray(start, end), at);
  writer.at = at + length;
}

/** A length-delimited field of bytes. */
export function writeBytesField(writer: Writer, tag: number, value: Uint8Array): void {
  writeVarint(writer, tag);
  writeVarint(writer, value.length);
  writeRange(writer, value, 0, value.length);
}

/** A length-delimited field of text. Lone surrogates become U+FFFD. */
export function writeTextField(writer: Writer, tag: number, value: string): void {
  writeVarint(writer, tag);
  const length = Buffer.byteLength(value, 'utf8');
  writeVarint(writer, length);
  reserve(writer, length);
  writer.at += writer.bytes.write(value, writer.at, 'utf8');
}

/** Begins a nested message; give what it returns to {@link closeMessage}. */
export function openMessage(writer: Writer, tag: number): number {
  writeVarint(writer, tag);
  reserve(writer, 1);
  writer.at += 1;
  return writer.at;
}

/** Ends a nested message: writes its length, moving the body when that takes more than one byte. */
export function closeMessage(writer: Writer, bodyStart: number): void {
  const length = writer.at - bodyStart;
  const extra = varintSize(length) - 1;
  if (extra > 0) {
    reserve(writer, extra);
    writer.bytes.copyWithin(bodyStart + extra, bodyStart, writer.at);
  }
  const end = writer.at + extra;
  writer.at = bodyStart - 1;
  writeVarint(writer, length);
  writer.at = end;
}

const FIXED_VARINT_BYTES = 4;

/** Begins a nested message whose length is written as four bytes, so that the body never moves. */
export function openFixedMessage(writer: Writer, tag: number): number {
  writeVarint(writer, tag);
  reserve(writer, FIXED_VARINT_BYTES);
  writer.at += FIXED_VARINT_BYTES;
  return writer.at;
}

/** Ends it. A varint may be longer than it must (protobuf encoding specification); bodies stay below 2^28 bytes. */
export function closeFixedMessage(writer: Writer, bodyStart: number): void {
  let rest = writer.at - bodyStart;
  for (let at = bodyStart - FIXED_VARINT_BYTES; at < bodyStart; at += 1) {
    const isLast = at === bodyStart - 1;
    writer.bytes[at] = (rest & 0x7f) | (isLast ? 0 : 0x80);
    rest >>>= 7;
  }
}

export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size += 1;
  return size;
}
