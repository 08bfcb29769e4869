import { setTimeout as wait } from 'node:timers/promises';
import { EventLogError } from '../errors.ts';
import type { Fetcher } from './fetcher.ts';
import { isOutOfRange } from './reader.ts';

export type ChangelogEntry = { readonly key: string; readonly value: Uint8Array | null };

const FETCH_BYTES_MAX = 4 * 1024 * 1024;
const POLL_MS = 10;

/**
 * Reads a changelog's partition from an offset up to an end, where it ends now when none is given. Open transactions of others before it
 * are waited for, so that nothing committed is missed. Gives the next offset.
 */
export async function scanChangelog(
  fetcher: Fetcher,
  from: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly end?: number;
  },
  onEntry: (entry: ChangelogEntry) => void,
  signal: AbortSignal,
): Promise<number> {
  const { topic, partition } = from;
  const end = from.end ?? (await fetcher.end(topic, partition, false));
  let next = from.offset;
  while (next < end) {
    if (signal.aborted) throw new EventLogError('EVENT_LOG_CLOSED', 'it was closed');
    const fetched = await fetchOrSkip(fetcher, { topic, partition, offset: next });
    for (const { key, value } of fetched.messages) {
      if (key !== null) onEntry({ key: key.toString(), value });
    }
    if (fetched.next > next) next = fetched.next;
    else if (next < fetched.stableEnd) next += 1;
    else await wait(POLL_MS);
  }
  return next;
}

async function fetchOrSkip(
  fetcher: Fetcher,
  from: { readonly topic: string; readonly partition: number; readonly offset: number },
) {
  try {
    return await fetcher.fetch(from, FETCH_BYTES_MAX, 0);
  } catch (error) {
    if (!isOutOfRange(error)) throw error;
    const start = await fetcher.start(from.topic, from.partition);
    return { messages: [], next: Math.max(start, from.offset), stableEnd: from.offset };
  }
}
