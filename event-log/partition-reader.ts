import type { LogMessage, ReadLimits } from './event-log.ts';
import type { Topic } from '../schemas/topics.ts';
import type { Journal } from './journal.ts';
import { getCopy, nextOffset, partitionOf } from './journal.ts';
import { decodeMessage } from './stored-message.ts';

/** A read in progress: what was found so far, over one file or several. */
export type Reading = {
  readonly topic: Topic;
  readonly partition: number;
  readonly limits: ReadLimits;
  readonly found: LogMessage[];
  bytes: number;
  isFull: boolean;
};

export function startReading(topic: Topic, partition: number, limits: ReadLimits): Reading {
  return { topic, partition, limits, found: [], bytes: 0, isFull: false };
}

/**
 * Adds the messages from `offset` up to `end` until a limit is reached. All of it in one read transaction, which lmdb-js keeps
 * until the event loop turns.
 */
export function readInto(
  reading: Reading,
  journal: Journal,
  id: string,
  from: { readonly offset: number; readonly end: number },
): void {
  const partition = partitionOf(journal, id);
  let next: number | undefined = from.offset;
  while (next !== undefined && next < from.end && !reading.isFull) {
    const stored: Buffer | undefined = getCopy(partition, next);
    if (stored === undefined) {
      next = nextOffset(partition, next);
      continue;
    }
    addMessage(reading, next, stored);
    next += 1;
  }
}

function addMessage(reading: Reading, offset: number, stored: Buffer): void {
  const { topic, partition, limits, found } = reading;
  const message = decodeMessage(stored, { topic, partition, offset });
  const bytes = message.value?.length ?? 0;
  const isTooMuch = found.length > 0 && reading.bytes + bytes > limits.bytesMax;
  if (!isTooMuch) {
    found.push(message);
    reading.bytes += bytes;
  }
  reading.isFull =
    isTooMuch || found.length >= limits.messagesMax || reading.bytes >= limits.bytesMax;
}
