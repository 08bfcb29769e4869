import { createHash } from 'node:crypto';
import type { LogMessage, NewMessage } from '../event-log/event-log.ts';
import type { CompactRange } from '../integrity/compact-range.ts';
import { appendLeafHashes } from '../integrity/compact-range.ts';
import { leafHash } from '../integrity/merkle.ts';
import type { HomeTrace } from '../key-store/trace-keys.ts';
import { topics } from '../schemas/topics.ts';
import type { LeafPlace } from './leaf.ts';
import { LEAF_BYTES_MAX } from './leaf.ts';
import type { RowBlock } from '../record-store/row-binary.ts';
import type { Blocks } from './rows.ts';
import { newBlocks } from './rows.ts';
import type { RedactedRecord } from './erase/erasure-events.ts';
import type { CountedLeaf } from './seal-counts.ts';
import type { Intent, StreamState } from './state.ts';

/** Where a batch begins. */
export type SealStart = {
  readonly logId: string;
  /** The tree before it; its size is the next leaf's index. */
  readonly tree: CompactRange;
  /** The next offset of the log's topic. */
  readonly from: number;
  /** Version of the leaves to be made. */
  readonly version: number;
  /** Which rows of a leaf are wanted; all where it is absent. A table is named as in the store. */
  readonly wanted?: (table: string, index: number) => boolean;
  readonly streamOf: (tenant: string) => StreamState;
};

/** A batch: everything that is to be written of a range of messages, and what is true after it. */
export type SealedBatch = {
  readonly intent: Intent;
  readonly blocks: Blocks;
  readonly leafHashes: readonly Uint8Array[];
  /** Nodes of the tree at levels 8, 16, … that became complete. */
  readonly nodes: readonly TileNode[];
  readonly tree: CompactRange;
  /** The streams that moved. */
  readonly streams: ReadonlyMap<string, StreamState>;
  /** Messages that could not be understood, told of without their content. */
  readonly deadLetters: readonly NewMessage[];
  /** Records whose trace was erased before they were sealed: what they commit to is told as redacted. */
  readonly erased: readonly Erased[];
  /** What its leaves count for, those of records. */
  readonly counted: readonly CountedLeaf[];
  /** Append time of the last message, ms since the epoch. */
  readonly appendTimeMs: number;
};

/** A node that roots a tile: its hash covers 2^level leaves. */
export type TileNode = {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
};

/** A record, and whose it is, that was sealed when its values were gone. */
export type Erased = { readonly tenant: string; readonly record: RedactedRecord };

/** What one message becomes: a leaf of a tenant, and rows. */
export type Sealable = {
  readonly tenant: string;
  readonly callId: string;
  readonly revision: number;
  readonly appendTimeUs: number;
  /** Of a record: who sent its first span, and which numbered spans it holds. */
  readonly counted?: Pick<CountedLeaf, 'producer' | 'numbers'>;
  /** The trace whose key the leaf needs; null where it needs none. */
  readonly home: HomeTrace | null;
  /** The leaf for its place, and what is derived from it. */
  readonly sealAt: (
    place: LeafPlace,
    version: number,
    traceKey: Uint8Array | null,
  ) => {
    readonly leaf: string | Uint8Array;
    readonly addRows: (blocks: Blocks) => void;
    /** There where the leaf commits to values whose key is gone. */
    readonly erased?: RedactedRecord;
  };
};

/** Reads a message of the log's topic. Throws when it cannot be understood; undefined for one that is no record (a tombstone). */
export type ReadMessage = (message: LogMessage) => Sealable | undefined;

/** A message that was read: what it becomes, or why it becomes nothing. */
export type Understood = {
  readonly message: LogMessage;
  readonly sealable: Sealable | undefined;
  readonly deadLetter: NewMessage | undefined;
};

export function understand(message: LogMessage, readMessage: ReadMessage): Understood {
  try {
    return { message, sealable: readMessage(message), deadLetter: undefined };
  } catch (error) {
    return { message, sealable: undefined, deadLetter: deadLetterOf(message, error) };
  }
}

/** The home traces whose keys a batch needs, in the order of its leaves. */
export function homesOf(read: readonly Understood[]): readonly HomeTrace[] {
  return read.flatMap(({ sealable }) => sealable?.home ?? []);
}

/** {@link Sealing} of messages that are there as a whole; `keys` are those of `homesOf`. */
export function seal(
  start: SealStart,
  read: readonly Understood[],
  keys: readonly (Uint8Array | null)[],
): SealedBatch {
  const sealing = new Sealing(start);
  sealing.add(read, keys);
  return sealing.finish();
}

/**
 * Makes leaves and rows of messages, in their order and as they are given: what a record is decoded to need not outlive its turn. The same messages
 * and keys after the same start give the same bytes, in however many turns. It stops before a message of another month than the batch's first
 * leaf, so that the leaves of a batch are one part of the store.
 */
export class Sealing {
  readonly #start: SealStart;
  readonly #blocks = newBlocks();
  readonly #spare: Blocks | undefined;
  readonly #streams = new Map<string, StreamState>();
  readonly #deadLetters: NewMessage[] = [];
  readonly #erased: Erased[] = [];
  readonly #counted: CountedLeaf[] = [];
  readonly #leafHashes: Uint8Array[] = [];
  readonly #digest = createHash('sha256');
  #month: number | undefined;
  #to: number;
  #appendTimeMs = 0;

  constructor(start: SealStart) {
    this.#start = start;
    this.#to = start.from;
    this.#spare = start.wanted && newBlocks();
  }

  /** Takes messages, `keys` those of `homesOf` them. False: what is left of them belongs to the next batch. */
  add(read: readonly Understood[], keys: readonly (Uint8Array | null)[]): boolean {
    let keyAt = 0;
    for (const { message, sealable, deadLetter } of read) {
      if (sealable) {
        const month = monthOf(sealable.appendTimeUs);
        this.#month ??= month;
        if (this.#month !== month) return false;
        this.#seal(message, sealable, sealable.home ? (keys[keyAt++] ?? null) : null);
      }
      if (deadLetter) this.#deadLetters.push(deadLetter);
      this.#to = message.offset + 1;
      this.#appendTimeMs = message.appendTimeMs;
    }
    return true;
  }

  finish(): SealedBatch {
    const { logId, from, version, tree: before } = this.#start;
    const leafHashes = this.#leafHashes;
    const digest = this.#digest.digest('hex');
    const nodes: TileNode[] = [];
    const tree = appendLeafHashes(before, leafHashes, (level, index, hash) => {
      if (level > 0 && level % TILE_LEVELS === 0) nodes.push({ level, index, hash });
    });
    const [first, count, to] = [before.size, leafHashes.length, this.#to];
    return {
      intent: { logId, first, count, from, to, version, digest },
      blocks: this.#blocks,
      leafHashes,
      nodes,
      tree,
      streams: this.#streams,
      deadLetters: this.#deadLetters,
      erased: this.#erased,
      counted: this.#counted,
      appendTimeMs: this.#appendTimeMs,
    };
  }

  #seal(message: LogMessage, sealable: Sealable, key: Uint8Array | null): void {
    const { logId, version, tree, streamOf } = this.#start;
    const { tenant } = sealable;
    const stream = this.#streams.get(tenant) ?? streamOf(tenant);
    const { topic, partition, offset } = message;
    const index = tree.size + this.#leafHashes.length;
    const place = { log: logId, topic, partition, index, offset, ...stream };
    const { leaf, addRows, erased } = sealable.sealAt(place, version, key);
    if (erased) this.#erased.push({ tenant, record: erased });
    const target = this.#target(index);
    const hash = addLeaf(target, place, sealable, leaf);
    addRows(target);
    this.#digest.update(hash);
    this.#leafHashes.push(hash);
    if (sealable.counted) this.#counted.push(countedOf(sealable, sealable.counted));
    this.#streams.set(tenant, { seq: stream.seq + 1, prev: hash.toString('hex') });
  }

  /** The blocks for the rows of a leaf. */
  #target(index: number): Blocks {
    const { wanted } = this.#start;
    if (!wanted || !this.#spare) return this.#blocks;
    return chosen(this.#blocks, this.#spare, (table) => wanted(table, index));
  }
}

function countedOf(
  { tenant, appendTimeUs }: Sealable,
  counted: Pick<CountedLeaf, 'producer' | 'numbers'>,
): CountedLeaf {
  return { tenant, timeMs: Math.floor(appendTimeUs / 1000), ...counted };
}

/** Levels of a tree that one level of tiles spans (C2SP tlog-tiles). */
export const TILE_LEVELS = 8;

function addLeaf(
  blocks: Blocks,
  place: LeafPlace,
  { tenant, callId, revision, appendTimeUs }: Sealable,
  content: string | Uint8Array,
): Buffer {
  const leaf = typeof content === 'string' ? utf8(content) : content;
  const hash = Buffer.from(leafHash(leaf));
  const { log, index, seq } = place;
  blocks.leaves.add([log, index, tenant, seq, callId, revision, appendTimeUs, leaf, hash]);
  return hash;
}

// A new buffer for each of millions of leaves costs more than writing it: the block keeps a copy of its own.
const scratch = Buffer.allocUnsafeSlow(4 * LEAF_BYTES_MAX);

function utf8(text: string): Buffer {
  if (text.length * 3 > scratch.length) return Buffer.from(text, 'utf8');
  return scratch.subarray(0, scratch.write(text, 'utf8'));
}

/** For each table the block if its rows of the leaf are wanted, else one that is thrown away. */
function chosen(blocks: Blocks, spare: Blocks, isWanted: (table: string) => boolean): Blocks {
  const pick = (name: keyof Blocks): RowBlock => (isWanted(name) ? blocks : spare)[name];
  return {
    records: pick('records'),
    charges: pick('charges'),
    payloads: pick('payloads'),
    registry: pick('registry'),
    reads: pick('reads'),
    leaves: pick('leaves'),
  };
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
