import { DamagedBatch, Inflated } from './inflated.ts';

/**
 * LZ4 frames, as Kafka's writers write them. Format: lz4/lz4 `lz4_Frame_format.md` and `lz4_Block_format.md`. Checksums are passed over: a batch has its own. Throws
 * `DamagedBatch`, and past `bytesMax` an error with the code `ERR_BUFFER_TOO_LARGE`.
 */
export function inflateLz4(bytes: Buffer, bytesMax: number): Buffer {
  const inflated = new Inflated(bytesMax, 4 * bytes.length);
  for (let at = 0; at < bytes.length;) at = takeFrame(bytes, at, inflated);
  return inflated.taken();
}

const MAGIC = 0x18_4d_22_04;
/** Sixteen kinds of frames that hold something else. */
const SKIPPED_MAGIC = 0x18_4d_2a_50;
const CHECKSUM_BYTES = 4;

/** Gives where the next frame begins. */
function takeFrame(bytes: Buffer, at: number, inflated: Inflated): number {
  const magic = number32(bytes, at);
  if ((magic & 0xff_ff_ff_f0) >>> 0 === SKIPPED_MAGIC) {
    return within(bytes, at + 8 + number32(bytes, at + 4));
  }
  if (magic !== MAGIC) throw new DamagedBatch('it is no LZ4 frame');
  const flags = bytes[at + 4] ?? 0;
  if (flags >> 6 !== 1) throw new DamagedBatch('its version of LZ4 frames is unknown');
  if ((flags & 1) !== 0) throw new DamagedBatch('it needs a dictionary');
  const blockChecksum = (flags & 0x10) === 0 ? 0 : CHECKSUM_BYTES;
  const contentChecksum = (flags & 0x04) === 0 ? 0 : CHECKSUM_BYTES;
  const contentSizeBytes = (flags & 0x08) === 0 ? 0 : 8;
  // Magic, flags, block descriptor, size, checksum of these.
  let next = at + 6 + contentSizeBytes + 1;
  for (;;) {
    const size = number32(bytes, next);
    next += 4;
    if (size === 0) return within(bytes, next + contentChecksum);
    const end = within(bytes, next + (size & 0x7f_ff_ff_ff));
    const block = bytes.subarray(next, end);
    if (size >= 0x80_00_00_00) inflated.add(block);
    else inflateBlock(block, inflated);
    next = within(bytes, end + blockChecksum);
  }
}

function inflateBlock(block: Buffer, inflated: Inflated): void {
  for (let at = 0; at < block.length;) at = takeSequence(block, at, inflated);
}

/** Literals, then a copy, which the last sequence of a block has not. Gives where the next one begins. */
function takeSequence(block: Buffer, at: number, inflated: Inflated): number {
  const token = block[at] ?? 0;
  const literals = readLength(block, at + 1, token >> 4);
  const literalsEnd = within(block, literals.next + literals.length);
  inflated.add(block.subarray(literals.next, literalsEnd));
  if (literalsEnd === block.length) return literalsEnd;
  const back = block.readUInt16LE(within(block, literalsEnd + 2) - 2);
  const copied = readLength(block, literalsEnd + 2, token & 15);
  inflated.repeat(back, copied.length + COPY_BYTES_MIN);
  return copied.next;
}

const COPY_BYTES_MIN = 4;

/** Fifteen goes on in the bytes that follow, as long as they are 255. */
function readLength(
  block: Buffer,
  at: number,
  short: number,
): { readonly length: number; readonly next: number } {
  let length = short;
  let next = at;
  if (short < 15) return { length, next };
  for (let byte = 255; byte === 255; next += 1) {
    byte = block[within(block, next + 1) - 1] ?? 0;
    length += byte;
  }
  return { length, next };
}

function number32(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(within(bytes, at + 4) - 4);
}

/** The place, where the bytes reach as far. */
function within(bytes: Buffer, at: number): number {
  if (at > bytes.length) throw new DamagedBatch('it ends too early');
  return at;
}
