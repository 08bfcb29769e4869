import type { Fetcher } from './fetcher.ts';
import { isOutOfRange } from './reader.ts';

/** So many offsets at the end of a partition are looked at for what nobody can read: the markers of ended transactions. */
const MARKERS_MAX = 8;
/** One batch is given whatever its size; nothing beyond it is wanted. */
const FETCH_BYTES = 1;

/**
 * Behind the last message that a reader can see, `start` being the first that is retained. A partition written in transactions ends with a marker of the last
 * one, which would look like a message that is never read; one whose messages were all deleted ends where it begins.
 */
export async function readableEnd(
  fetcher: Fetcher,
  {
    topic,
    partition,
    start,
  }: { readonly topic: string; readonly partition: number; readonly start: number },
): Promise<number> {
  const end = await fetcher.end(topic, partition, true);
  const first = Math.max(start, end - MARKERS_MAX);
  for (let offset = end - 1; offset >= first; offset -= 1) {
    const last = await lastFrom(fetcher, { topic, partition, offset });
    if (last !== undefined) return last + 1;
  }
  return first === start ? start : end;
}

async function lastFrom(
  fetcher: Fetcher,
  place: Parameters<Fetcher['fetch']>[0],
): Promise<number | undefined> {
  try {
    const { messages } = await fetcher.fetch(place, FETCH_BYTES, 0);
    const last = messages.at(-1);
    return last && Number(last.offset);
  } catch (error) {
    // It was deleted since.
    if (isOutOfRange(error)) return undefined;
    throw error;
  }
}
