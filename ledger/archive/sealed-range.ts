import { constants, zstdCompress, zstdDecompress } from 'node:zlib';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { LogMessage, MessageHeaders } from '../../event-log/event-log.ts';
import type { Topic } from '../../schemas/topics.ts';
import { LedgerError } from '../errors.ts';

/**
 * A range of a log as it is archived: one zstd frame with a checksum, which holds
 *
 *     "waybill-sealed/1\n" · header, JSON, one line · messages
 *
 * and each message: offset u48 · append time u48, ms · key length u32 · headers length u32 · value length u32 · leaf length u32 · key · headers, JSON ·
 * value · leaf; big endian. All ones in a length: there is none. A value lies there as in the log, so that a payload can be read with the key of its trace alone.
 */
export type SealedRange = RangeHeader & { readonly messages: readonly SealedMessage[] };

/** A message, and the bytes of the leaf that it became; null for one that became none. */
export type SealedMessage = Omit<LogMessage, 'topic' | 'partition'> & {
  readonly leaf: Uint8Array | null;
};

export type RangeHeader = {
  readonly log: string;
  readonly topic: string;
  readonly partition: number;
  /** Leaves: from inclusive, to exclusive. */
  readonly first: number;
  readonly end: number;
  /** Offsets of the topic, likewise. */
  readonly from: number;
  readonly to: number;
  /** The tree before its first leaf, as a compact range: hashes in hex. */
  readonly before: readonly string[];
  /** A signed head of at least `end` leaves, and the consistency proof that leads there from the tree of `end` leaves; hex. */
  readonly head: string;
  readonly proof: readonly string[];
};

const MAGIC = Buffer.from('waybill-sealed/1\n');
const FIXED_BYTES = 6 + 6 + 4 * 4;
const NONE = 0xffffffff;

/** Of the whole range, uncompressed: a bound for who reads one that others may have written. */
export const RANGE_BYTES_MAX = 256 * 1024 * 1024;
/** Of the object. What does not compress becomes a little longer. */
export const OBJECT_BYTES_MAX = RANGE_BYTES_MAX + 1024 * 1024;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
const ZSTD = {
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
};

/** The bytes of a range before compression; the same for the same range. */
export function encodeRange({ messages, ...header }: SealedRange): Buffer {
  const head = Buffer.from(`${JSON.stringify(header)}\n`);
  return Buffer.concat([MAGIC, head, ...messages.flatMap(encodeMessage)]);
}

export async function packRange(plain: Uint8Array): Promise<Buffer> {
  return compress(plain, ZSTD);
}

/** Throws `LEDGER_ARCHIVE_DAMAGED` for an object that is none, or is longer than it may be. */
export async function unpackRange(name: string, packed: Uint8Array): Promise<Buffer> {
  try {
    return await decompress(packed, { maxOutputLength: RANGE_BYTES_MAX });
  } catch (cause) {
    throw new LedgerError('LEDGER_ARCHIVE_DAMAGED', `${name}.`, cause);
  }
}

/** Throws `LEDGER_ARCHIVE_DAMAGED` where the bytes are no range. */
export function decodeRange(name: string, plain: Buffer): SealedRange {
  try {
    if (!plain.subarray(0, MAGIC.length).equals(MAGIC)) throw new RangeError('another format');
    const end = plain.indexOf(0x0a, MAGIC.length);
    if (end < 0) throw new RangeError('no header');
    const header = headerSchema.parse(JSON.parse(plain.toString('utf8', MAGIC.length, end)));
    return { ...header, messages: [...messagesIn(plain, end + 1)] };
  } catch (cause) {
    throw new LedgerError('LEDGER_ARCHIVE_DAMAGED', `${name}.`, cause);
  }
}

/** As the log gave it. */
export function toLogMessage(
  { offset, appendTimeMs, key, headers, value }: SealedMessage,
  { topic, partition }: { readonly topic: Topic; readonly partition: number },
): LogMessage {
  return { topic, partition, offset, appendTimeMs, key, headers, value };
}

function encodeMessage(message: SealedMessage): readonly Buffer[] {
  const { key, headers, value, leaf } = message;
  const keyBytes = Buffer.from(key ?? '');
  const headerBytes = Buffer.from(JSON.stringify(headers));
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.writeUIntBE(message.offset, 0, 6);
  fixed.writeUIntBE(message.appendTimeMs, 6, 6);
  fixed.writeUInt32BE(key === null ? NONE : keyBytes.length, 12);
  fixed.writeUInt32BE(headerBytes.length, 16);
  fixed.writeUInt32BE(value?.length ?? NONE, 20);
  fixed.writeUInt32BE(leaf?.length ?? NONE, 24);
  return [fixed, keyBytes, headerBytes, Buffer.from(value ?? []), Buffer.from(leaf ?? [])];
}

function* messagesIn(plain: Buffer, start: number): Generator<SealedMessage, void, undefined> {
  for (let at = start; at < plain.length;) {
    if (plain.length - at < FIXED_BYTES) throw new RangeError('it ends within a message');
    const lengths = [12, 16, 20, 24].map((field) => orNone(plain.readUInt32BE(at + field)));
    let next = at + FIXED_BYTES;
    const [key = null, headers, value = null, leaf = null] = lengths.map((length) => {
      if (length === undefined) return undefined;
      const bytes = plain.subarray(next, next + length);
      if (bytes.length < length) throw new RangeError('it ends within a message');
      next += length;
      return bytes;
    });
    yield {
      offset: plain.readUIntBE(at, 6),
      appendTimeMs: plain.readUIntBE(at + 6, 6),
      key: key?.toString('utf8') ?? null,
      headers: headersIn(headers?.toString('utf8') ?? ''),
      value,
      leaf,
    };
    at = next;
  }
}

// As they were written, whatever their names: a header may be called `__proto__`.
function headersIn(text: string): MessageHeaders {
  const headers: unknown = JSON.parse(text);
  if (!isHeaders(headers)) throw new RangeError('its headers are none');
  return headers;
}

function isHeaders(headers: unknown): headers is MessageHeaders {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return false;
  return Object.values(headers).every((value) => typeof value === 'string');
}

function orNone(length: number): number | undefined {
  return length === NONE ? undefined : length;
}

const count = z.number().int().min(0);
const hashes = z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(64);
const headerSchema = z.strictObject({
  log: z.string(),
  topic: z.string(),
  partition: count,
  first: count,
  end: count,
  from: count,
  to: count,
  before: hashes,
  head: z.string(),
  proof: hashes,
});
