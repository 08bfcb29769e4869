import type { Topic } from '../schemas/topics.ts';
import type { ForeignTopics } from './foreign-topics.ts';

export type MessageHeaders = Readonly<Record<string, string>>;

/**
 * A message to be appended. `key` (at most 512 bytes) and headers (at most 4 KiB together) are text, `value` is bytes, which
 * MUST NOT be changed until the call resolves; a null value is a tombstone in a compacted topic. Frozen headers objects that
 * are used again are cheaper than new ones.
 */
export type NewMessage = {
  readonly topic: Topic;
  readonly partition: number;
  readonly key: string | null;
  readonly headers: MessageHeaders;
  readonly value: Uint8Array | null;
};

/**
 * A message as it lies in the log. Offsets of a partition rise, but need not be dense. What was read stays valid and is the
 * reader's own; headers are shared and frozen.
 */
export type LogMessage = NewMessage & {
  readonly offset: number;
  /** Milliseconds since the epoch when the log took it; never falls within a partition. */
  readonly appendTimeMs: number;
};

export type ReadLimits = {
  readonly messagesMax: number;
  /** Sum of value bytes; at least one message is given, whatever its size. */
  readonly bytesMax: number;
  /** How long to wait for the first message when there is none yet; then the answer is empty. */
  readonly waitMsMax: number;
  /** Ends the waiting at once; the answer is then empty too. */
  readonly signal?: AbortSignal;
};

export type Position = {
  readonly topic: Topic;
  readonly partition: number;
  /** The next offset to read. */
  readonly offset: number;
};

/** A null value deletes the key. Keys are at most 256 bytes of ASCII. */
export type StateChange = { readonly key: string; readonly value: Uint8Array | null };

export type Commit = {
  readonly positions: readonly Position[];
  /**
   * Any topic but `spans`, which a commit refuses with `EVENT_LOG_INVALID`: the owner's ticks and registry markers go there by
   * `append`, before the commit that relies on them. They decide nothing until they are read back, so one that is lost with
   * its writer, or doubled, is harmless.
   */
  readonly appends: readonly NewMessage[];
  readonly state: readonly StateChange[];
};

/**
 * The event log: an ordered, durable sequence of messages a partition.
 *
 * - `append` MUST resolve only when every message is synced to disk (embedded) or acknowledged by all in-sync replicas (Kafka), and
 *   MUST take all of its messages or none when it refuses; on Kafka a call that failed on its way may be there in part. Messages of one partition keep their order, within a call and between calls of one
 *   thread. A caller that never saw it resolve may append again: consumers bear duplicates. (Where a call brings spans and
 *   other topics together, the others are durable first and may be there without the spans; never the other way round.)
 * - `read` MUST give committed messages only, in offset order, from `offset` on. What was committed a moment ago may be seen a moment
 *   later.
 * - An `Owner` is the single writer for (role, partition). Opening one MUST fence every earlier owner of the same pair: its
 *   commits fail with `EVENT_LOG_FENCED` from then on, whatever process or thread it lives in.
 * - `Owner.commit` MUST make positions, appends and state changes durable together or not at all, before it resolves.
 * - A compacted topic keeps the latest message of each key, in offset order; readers bear earlier ones of the key before it (Kafka
 *   removes them in time). A tombstone takes the place of what it removes, so that readers who follow learn of it, until `trim` drops it,
 *   or on Kafka its retention; `trim` drops nothing else of a compacted topic.
 * - Limits of `schemas/limits.ts` are checked at append: a message above them is refused with `EVENT_LOG_MESSAGE_TOO_LARGE`.
 * - When the disk or the lag of a required reader is over its limit, `append` of spans fails with the retryable
 *   `EVENT_LOG_FULL`: pushing back is the caller's duty. Nothing is ever dropped to make room.
 */
export interface EventLog {
  /** Partition count of `spans` and `records`, fixed at birth. */
  readonly partitions: number;
  /** Topics of others, where there can be any: on Kafka. */
  readonly foreign?: ForeignTopics;
  append(messages: readonly NewMessage[]): Promise<void>;
  read(from: Position, limits: ReadLimits): Promise<readonly LogMessage[]>;
  /** First retained and next offset. */
  range(topic: Topic, partition: number): Promise<{ readonly start: number; readonly end: number }>;
  openOwner(role: string, partition: number): Promise<Owner>;
  /**
   * Committed positions and state of another role, as of now and to look at only: for lag, reconciliation and retention. Of state a
   * caller may rely on what `schemas/state-keys.ts` shows to others; on Kafka the rest is not told.
   */
  inspect(role: string, partition: number): Promise<OwnerView>;
  /**
   * Works on the partitions of the topic that fall to this process, which may change: embedded all of them, on Kafka its share among the
   * processes that do the same for the role. `work` is called once for each; its signal ends it when the partition is taken away
   * or `stop` is called. On Kafka, work that fails in a way that may pass, or that a newer owner explains, is begun again.
   */
  share(role: string, topic: Topic, work: PartitionWork): Promise<SharedWork>;
  /**
   * Drops messages of the topic appended before the time, never beyond what the required readers have committed; says which of
   * them held it back. A reader of partition p commits its position as owner (role, p). Embedded, spans go by whole days.
   */
  trim(topic: Topic, beforeMs: number, requiredReaders: readonly string[]): Promise<TrimResult>;
  close(): Promise<void>;
}

export type PartitionWork = (partition: number, signal: AbortSignal) => Promise<void>;

export interface SharedWork {
  /** Rejects when some work failed for good. */
  readonly failed: Promise<never>;
  /** Ends all work, waits for it, and gives the partitions back. Safe twice. */
  stop(): Promise<void>;
}

export type TrimResult = {
  readonly droppedMessages: number;
  readonly heldBackBy: readonly string[];
};

export interface OwnerView {
  /** The committed position, or 0. */
  position(topic: Topic, partition: number): number;
  /** The committed value, the caller's own copy. Synchronous: state lives on this machine's disk in both modes. */
  getState(key: string): Uint8Array | undefined;
  /** Committed entries whose key begins with the prefix, in key order. */
  scanState(prefix: string): Iterable<readonly [string, Uint8Array]>;
}

export interface Owner extends OwnerView {
  commit(commit: Commit): Promise<void>;
  /** Gives the ownership back. Safe twice. Does not commit. */
  close(): Promise<void>;
}
