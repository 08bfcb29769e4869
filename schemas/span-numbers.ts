/**
 * Spans that their producer numbers: a stream is one process of it, and its spans are numbered densely from 0 in the order of their ends. The
 * spans of a stream lie in several partitions, so that each owner keeps which numbers it met, in blocks of bits; whoever looks lays them
 * one upon the other. Keys and values of state that others may look at.
 */

/** On a numbered span: the stream, 16 hex digits, and its number in it. */
export const streamIdAttribute = 'telemetry.stream.id';
export const streamNumberAttribute = 'telemetry.stream.number';
/** On a heartbeat: how many numbers were given out before it. It is no span of anything else. */
export const streamNextAttribute = 'telemetry.stream.next';

/** A number of a stream. */
export type SpanNumber = {
  readonly producer: string;
  readonly stream: string;
  readonly number: number;
};

/** The numbered spans of a record, as its message's header has them. */
export function spanNumbersText(numbers: readonly SpanNumber[]): string {
  return numbers
    .map(({ producer, stream, number }) => `${stream}/${number}/${encodeURIComponent(producer)}`)
    .join(',');
}

/** What is none is passed over. */
export function parseSpanNumbers(text: string | undefined): readonly SpanNumber[] {
  if (text === undefined) return [];
  return text.split(',').flatMap((each) => {
    const [stream, digits, producer] = each.split('/');
    const number = Number(digits);
    if (!isStreamId(stream) || !isStreamNumber(number) || !producer) return [];
    return [{ stream, number, producer: decodeURIComponent(producer) }];
  });
}

const STREAM = /^[0-9a-f]{16}$/;

export function isStreamId(text: unknown): text is string {
  return typeof text === 'string' && STREAM.test(text);
}

export function isStreamNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export const NUMBERS_PER_BLOCK = 512;
const BITS_BYTES = NUMBERS_PER_BLOCK / 8;
/** Append time, then which numbers were met, then which of those are in records that were published. */
const BLOCK_BYTES = 8 + 2 * BITS_BYTES;

/** History of a stream, and streams of a producer, that an owner keeps: beyond either the oldest go. */
export const streamLimits = {
  blocksMax: 4_096,
  producerBlocksMax: 16_384,
  producerStreamsMax: 1_024,
  streamsKeptMs: 26 * 3_600_000,
} as const;

export const streamPrefix = 'stream/';
export const blockPrefix = 'numbers/';

export function streamsOf(tenant: string, producer?: string): string {
  const all = `${streamPrefix}${encodeURIComponent(tenant)}/`;
  return producer === undefined ? all : `${all}${encodeURIComponent(producer)}/`;
}

export function streamKey(tenant: string, producer: string, stream: string): string {
  return `${streamsOf(tenant, producer)}${stream}`;
}

export function blockKey(tenant: string, producer: string, stream: string, block: number): string {
  return `${blockPrefix}${encodeURIComponent(tenant)}/${encodeURIComponent(producer)}/${stream}/${block}`;
}

/** What an owner remembers of a stream beside its blocks. */
export type StreamHead = {
  /** Lowest and highest block that it may have. */
  readonly low: number;
  readonly high: number;
  /** As the last heartbeat said; 0 before the first. */
  readonly next: number;
  /** Append time of the last span or heartbeat, and of the last heartbeat; 0 for none. */
  readonly heardMs: number;
  readonly beatMs: number;
};

export function headBytes({ low, high, next, heardMs, beatMs }: StreamHead): Buffer {
  return Buffer.from([low, high, next, heardMs, beatMs].join(','), 'latin1');
}

/** Undefined for what is no head. */
export function parseHead(value: Uint8Array | undefined): StreamHead | undefined {
  if (value === undefined) return undefined;
  const numbers = Buffer.from(value).toString('latin1').split(',').map(Number);
  const [low, high, next, heardMs, beatMs] = numbers;
  if (numbers.length !== 5 || !numbers.every((each) => Number.isSafeInteger(each)))
    return undefined;
  if (low === undefined || high === undefined || next === undefined) return undefined;
  if (heardMs === undefined || beatMs === undefined) return undefined;
  return { low, high, next, heardMs, beatMs };
}

export function parseStreamKey(
  key: string,
): { readonly producer: string; readonly stream: string } | undefined {
  const [prefix, , producer, stream] = key.split('/');
  if (`${prefix}/` !== streamPrefix || !producer || !isStreamId(stream)) return undefined;
  return { producer: decodeURIComponent(producer), stream };
}

/** Which numbers of a block came, and which of them are in records. */
export type Block = Buffer;
export type BlockPart = 'met' | 'told';

export function emptyBlock(): Block {
  return Buffer.alloc(BLOCK_BYTES);
}

/** Undefined for bytes that are no block. */
export function readBlock(value: Uint8Array | undefined): Block | undefined {
  return value?.length === BLOCK_BYTES ? Buffer.from(value) : undefined;
}

export function blockTime(block: Block): number {
  return block.readDoubleLE(0);
}

/** Sets a number's bit; false when it was set before. */
export function setNumber(block: Block, part: BlockPart, number: number, nowMs: number): boolean {
  const at = placeOf(part, number);
  const bit = 1 << (number & 7);
  const byte = block[at] ?? 0;
  if ((byte & bit) !== 0) return false;
  block[at] = byte | bit;
  if (nowMs > blockTime(block)) block.writeDoubleLE(nowMs, 0);
  return true;
}

export function hasNumber(block: Block, part: BlockPart, number: number): boolean {
  return ((block[placeOf(part, number)] ?? 0) & (1 << (number & 7))) !== 0;
}

/** Whether all numbers of a block were met. */
export function isWhole(block: Block): boolean {
  for (let at = 8; at < 8 + BITS_BYTES; at += 1) if (block[at] !== 0xff) return false;
  return true;
}

/** Whether the other met all that is told in the block. */
export function isCovered(block: Block, other: Block | undefined): boolean {
  for (let at = 8; at < 8 + BITS_BYTES; at += 1) {
    if (((block[at + BITS_BYTES] ?? 0) & ~(other?.[at] ?? 0)) !== 0) return false;
  }
  return true;
}

/** Lays another owner's block upon the first. */
export function layUpon(block: Block, other: Block): void {
  for (let at = 8; at < BLOCK_BYTES; at += 1) block[at] = (block[at] ?? 0) | (other[at] ?? 0);
  block.writeDoubleLE(Math.max(blockTime(block), blockTime(other)), 0);
}

function placeOf(part: BlockPart, number: number): number {
  return 8 + (part === 'told' ? BITS_BYTES : 0) + ((number % NUMBERS_PER_BLOCK) >> 3);
}
