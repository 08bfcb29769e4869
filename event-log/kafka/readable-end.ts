import type { Fetcher } from './fetcher.ts';

/** So many offsets at the end of a partition are looked at for what nobody can read: the markers of ended transactions. */
const MARKERS_MAX = 8;
/** One batch is given whatever its size; nothing beyond it is wanted. */
const FETCH_BYTES = 1;

/**
 * Behind the last message that a reader can see. A partition written in transactions ends with a marker of the last one, which would
 * look like a message that is never read.
 */
export async function readableEnd(
  fetcher: Fetcher,
  topic: string,
  partition: number,
): Promise<number> {
  const end = await fetcher.end(topic, partition, true);
  const start = Math.max(0, end - MARKERS_MAX);
  for (let offset = end - 1; offset >= start; offset -= 1) {
    const { messages } = await fetcher.fetch({ topic, partition, offset }, FETCH_BYTES, 0);
    const last = messages.at(-1);
    if (last !== undefined) return Number(last.offset) + 1;
  }
  return end;
}
