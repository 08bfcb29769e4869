import { createHash } from 'node:crypto';
import type { LogMessage, NewMessage } from '../event-log/event-log.ts';
import { toHex } from '../integrity/bytes.ts';
import { leafHash } from '../integrity/merkle.ts';
import { topics } from '../schemas/topics.ts';
import type { LeafPlace } from './leaf.ts';
import { LEAF_BYTES_MAX } from './leaf.ts';
import type { Blocks } from './rows.ts';
import { newBlocks } from './rows.ts';
import type { Intent, StreamState } from './state.ts';

/** Where a batch begins. */
export type SealStart = {
  readonly logId: string;
  /** The next leaf's index. */
  readonly size: number;
  /** The next offset of the log's topic. */
  readonly from: number;
  readonly streamOf: (tenant: string) => StreamState;
};

/** A batch: everything that is to be written of a range of messages, and what is true after it. */
export type SealedBatch = {
  readonly intent: Intent;
  readonly blocks: Blocks;
  /** The streams that moved. */
  readonly streams: ReadonlyMap<string, StreamState>;
  /** Messages that could not be understood, told of without their content. */
  readonly deadLetters: readonly NewMessage[];
  /** Append time of the last message, ms since the epoch. */
  readonly appendTimeMs: number;
};

/** What one message becomes: a leaf of a tenant, and rows. */
export type SealedMessage = {
  readonly tenant: string;
  readonly callId: string;
  readonly revision: number;
  readonly appendTimeUs: number;
  /** The leaf's text for its place. */
  readonly leafAt: (place: LeafPlace) => string;
  readonly addRows: (blocks: Blocks, leafIndex: number) => void;
};

/** Reads a message of the log's topic. Throws when it cannot be understood; undefined for one that is no record (a tombstone). */
export type ReadMessage = (message: LogMessage) => SealedMessage | undefined;

/**
 * Makes leaves and rows of messages, in their order. A pure function: the same messages after the same start give the same bytes. It
 * stops before a message of another month than the batch's first leaf, so that the leaves of a batch are one part of the store.
 */
export function seal(
  start: SealStart,
  messages: readonly LogMessage[],
  readMessage: ReadMessage,
): SealedBatch {
  const blocks = newBlocks();
  const streams = new Map<string, StreamState>();
  const deadLetters: NewMessage[] = [];
  const digest = createHash('sha256');
  let count = 0;
  let month: number | undefined;
  let { from: to } = start;
  let appendTimeMs = 0;
  for (const message of messages) {
    const sealed = understood(message, readMessage, deadLetters);
    if (sealed) {
      month ??= monthOf(sealed.appendTimeUs);
      if (month !== monthOf(sealed.appendTimeUs)) break;
      const stream = streams.get(sealed.tenant) ?? start.streamOf(sealed.tenant);
      const index = start.size + count;
      const place = { log: start.logId, index, offset: message.offset, ...stream };
      const hash = addLeaf(blocks, place, sealed);
      sealed.addRows(blocks, index);
      digest.update(hash);
      streams.set(sealed.tenant, { seq: stream.seq + 1, prev: toHex(hash) });
      count += 1;
    }
    to = message.offset + 1;
    appendTimeMs = message.appendTimeMs;
  }
  const { logId, size: first, from } = start;
  const intent = { logId, first, count, from, to, digest: digest.digest('hex') };
  return { intent, blocks, streams, deadLetters, appendTimeMs };
}

function addLeaf(blocks: Blocks, place: LeafPlace, sealed: SealedMessage): Uint8Array {
  const leaf = utf8(sealed.leafAt(place));
  const hash = leafHash(leaf);
  blocks.leaves.add([
    place.log,
    place.index,
    sealed.tenant,
    place.seq,
    sealed.callId,
    sealed.revision,
    sealed.appendTimeUs,
    leaf,
    hash,
  ]);
  return hash;
}

// A new buffer for each of millions of leaves costs more than writing it: the block keeps a copy of its own.
const scratch = Buffer.allocUnsafeSlow(4 * LEAF_BYTES_MAX);

function utf8(text: string): Buffer {
  if (text.length * 3 > scratch.length) return Buffer.from(text, 'utf8');
  return scratch.subarray(0, scratch.write(text, 'utf8'));
}

function understood(
  message: LogMessage,
  readMessage: ReadMessage,
  deadLetters: NewMessage[],
): SealedMessage | undefined {
  try {
    return readMessage(message);
  } catch (error) {
    deadLetters.push(deadLetterOf(message, error));
    return undefined;
  }
}

/** Says where the message lies, how large it is and why it was not understood; never what is in it. */
function deadLetterOf(message: LogMessage, error: unknown): NewMessage {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'LEDGER_DEFECT';
  const { topic, partition, offset } = message;
  const letter = { stage: 'ledger', topic, partition, offset, reason: code };
  const value = Buffer.from(JSON.stringify({ ...letter, bytes: message.value?.length ?? 0 }));
  return { topic: topics.deadLetters, partition: 0, key: null, headers: {}, value };
}

function monthOf(timeUs: number): number {
  const date = new Date(timeUs / 1000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}
