import type { NewMessage, SharedWork } from './event-log.ts';

/** A message that somebody else wrote: nothing of it is to be trusted. */
export type ForeignMessage = { readonly offset: number; readonly value: Uint8Array | null };

/** What was read of one partition of a foreign topic. */
export type ForeignBatch = {
  readonly topic: string;
  readonly partition: number;
  /** In offset order. None, where there is only a gap. */
  readonly messages: readonly ForeignMessage[];
  /** Offsets, `to` left out, that were deleted by their retention before they were read. */
  readonly missing: { readonly from: number; readonly to: number } | undefined;
};

/** What is made of a batch. `committed` is called once it is certain that it is durable, and not otherwise. */
export type TakenBatch = { readonly appends: readonly NewMessage[]; committed(): void };

export type TakeForeign = (batch: ForeignBatch, signal: AbortSignal) => Promise<TakenBatch>;

/**
 * Topics of others on the same brokers.
 *
 * - `follow` MUST share the topic's partitions among the processes that follow it, and give each partition's messages in order, from the
 *   oldest that was never taken.
 * - What `take` gives back and the position behind its batch MUST become durable together or not at all; appends may be spans. A batch is
 *   given again until that is done: `take` bears it. Whoever loses a partition can commit nothing of it any more.
 * - While the log is full by the lag of a required reader, nothing is read: the foreign topic holds what comes.
 */
export interface ForeignTopics {
  follow(topic: string, take: TakeForeign): Promise<SharedWork>;
}
