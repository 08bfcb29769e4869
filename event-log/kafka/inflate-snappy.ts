import { DamagedBatch, Inflated } from './inflated.ts';

/**
 * Snappy, as Kafka's writers write it: a raw block (Go's clients), or the stream of blocks of snappy-java that Java's clients write.
 * Format: google/snappy `format_description.txt`; xerial/snappy-java `SnappyOutputStream`. Throws `DamagedBatch`, and past `bytesMax` an error with the code
 * `ERR_BUFFER_TOO_LARGE`.
 */
export function inflateSnappy(bytes: Buffer, bytesMax: number): Buffer {
  const isStream = bytes.subarray(0, STREAM_MAGIC.length).equals(STREAM_MAGIC);
  const inflated = new Inflated(bytesMax, 4 * bytes.length);
  if (!isStream) {
    inflateBlock(bytes, inflated);
    return inflated.taken();
  }
  for (let at = STREAM_HEADER_BYTES; at < bytes.length;) {
    if (at + 4 > bytes.length) throw new DamagedBatch('a block has no length');
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) throw new DamagedBatch('a block ends too early');
    inflateBlock(bytes.subarray(at + 4, end), inflated);
    at = end;
  }
  return inflated.taken();
}

const STREAM_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** The magic, and two versions of four bytes each. */
const STREAM_HEADER_BYTES = 16;

function inflateBlock(block: Buffer, inflated: Inflated): void {
  const [said, from] = readLength(block);
  const before = inflated.length;
  for (let at = from; at < block.length;) at = takeElement(block, at, inflated);
  if (inflated.length - before !== said) throw new DamagedBatch('it is not as long as it says');
}

/** A varint of at most 32 bits, and where it ends. */
function readLength(block: Buffer): readonly [number, number] {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = byteAt(block, at);
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return [length, at + 1];
  }
  throw new DamagedBatch('its length has no end');
}

/** A literal or a copy. Gives where the next one begins. */
function takeElement(block: Buffer, at: number, inflated: Inflated): number {
  const tag = byteAt(block, at);
  switch (tag & 3) {
    case 0:
      return takeLiteral(block, at, inflated);
    case 1:
      inflated.repeat(((tag & 0xe0) << 3) | byteAt(block, at + 1), ((tag >> 2) & 7) + 4);
      return at + 2;
    case 2:
      inflated.repeat(littleEndian(block, at + 1, 2), (tag >> 2) + 1);
      return at + 3;
    default:
      inflated.repeat(littleEndian(block, at + 1, 4), (tag >> 2) + 1);
      return at + 5;
  }
}

function takeLiteral(block: Buffer, at: number, inflated: Inflated): number {
  const short = byteAt(block, at) >> 2;
  const lengthBytes = short < 60 ? 0 : short - 59;
  const length = 1 + (lengthBytes === 0 ? short : littleEndian(block, at + 1, lengthBytes));
  const from = at + 1 + lengthBytes;
  if (from + length > block.length) throw new DamagedBatch('a literal ends too early');
  inflated.add(block.subarray(from, from + length));
  return from + length;
}

function littleEndian(block: Buffer, at: number, count: number): number {
  if (at + count > block.length) throw new DamagedBatch('it ends within a number');
  return block.readUIntLE(at, count);
}

function byteAt(block: Buffer, at: number): number {
  const byte = block[at];
  if (byte === undefined) throw new DamagedBatch('it ends too early');
  return byte;
}
