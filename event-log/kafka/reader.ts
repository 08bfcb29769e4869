import { setTimeout as wait } from 'node:timers/promises';
import { EventLogError } from '../errors.ts';
import type { LogMessage, Position, ReadLimits } from '../event-log.ts';
import { isPermanent, toEventLogError } from './errors.ts';
import type { Fetched, Fetcher } from './fetcher.ts';
import { toLogMessage } from './fetcher.ts';
import type { Naming } from './sends.ts';

/** Reads from any offset. A broker that is away is waited for: an answer that is empty always means that there is nothing. */
export interface Reader {
  read(from: Position, limits: ReadLimits): Promise<readonly LogMessage[]>;
  close(): Promise<void>;
}

export type ReaderOptions = Naming & {
  readonly openFetcher: () => Fetcher;
  /** Told of a failure that is waited out, as a code. */
  readonly onTrouble: (error: unknown) => void;
};

/** One fetch asks for at least this much, so that a reader of small pieces does not ask for each. */
const FETCH_BYTES_MIN = 64 * 1024;
const FETCH_BYTES_MAX = 4 * 1024 * 1024;
/** A fetch that waits holds its connection: a reader that gives up is missed for no longer than this. */
const LONG_POLL_MS_MAX = 500;
const RETRY_MS_MAX = 5000;

/** Where a reader stopped, and what was fetched beyond what it asked for. Bounded by one fetch. */
type Rest = {
  /** The offset that its next read is expected to ask for. */
  readonly expected: number;
  readonly next: number;
  readonly messages: readonly LogMessage[];
};

export function createReader(options: ReaderOptions): Reader {
  const rests = new Map<string, Rest>();
  const waiting = new Map<string, Fetcher>();
  const immediate = options.openFetcher();
  const closing = new AbortController();

  function fetcherFor(id: string, waitMs: number): Fetcher {
    if (waitMs === 0) return immediate;
    const known = waiting.get(id) ?? options.openFetcher();
    waiting.set(id, known);
    return known;
  }

  async function fetchOn(from: Position, rest: Rest, limits: ReadLimits): Promise<Rest> {
    const { topic, partition } = from;
    const id = `${topic}/${partition}`;
    const untilMs = performance.now() + limits.waitMsMax;
    const bytesMax = Math.min(Math.max(limits.bytesMax, FETCH_BYTES_MIN), FETCH_BYTES_MAX);
    let { next } = rest;
    for (let failures = 0; ;) {
      const leftMs = Math.max(0, Math.ceil(untilMs - performance.now()));
      const waitMs = Math.min(leftMs, LONG_POLL_MS_MAX);
      try {
        const place = { topic: options.nameOf(topic), partition, offset: next };
        const fetched = await fetcherFor(id, limits.waitMsMax).fetch(place, bytesMax, waitMs);
        failures = 0;
        next = nextOf(fetched, next);
        if (fetched.messages.length > 0) {
          const read = fetched.messages.map((message) => toLogMessage(message, from));
          const messages = await options.frames.fromWire(topic, read);
          return { expected: rest.expected, next, messages };
        }
        const isAtEnd = next >= fetched.stableEnd;
        if (isAtEnd && leftMs === 0) return { expected: rest.expected, next, messages: [] };
      } catch (error) {
        if (isOutOfRange(error)) next = await backInRange(from, next);
        // What is refused does not pass by waiting: whoever reads is told.
        else if (isPermanent(error)) throw toEventLogError(error);
        else {
          failures += 1;
          options.onTrouble(error);
          await wait(Math.min(50 * 2 ** failures, RETRY_MS_MAX), undefined, signals(limits));
        }
      }
      throwIfAborted(limits);
    }
  }

  /** Below the first retained message reading begins with that; beyond the end there is nothing yet. */
  async function backInRange(from: Position, offset: number): Promise<number> {
    const name = options.nameOf(from.topic);
    const start = await immediate.start(name, from.partition);
    if (offset < start) return start;
    await wait(LONG_POLL_MS_MAX / 10);
    return offset;
  }

  function signals(limits: ReadLimits): { signal: AbortSignal } {
    const all = limits.signal ? [limits.signal, closing.signal] : [closing.signal];
    return { signal: AbortSignal.any(all) };
  }

  function throwIfAborted(limits: ReadLimits): void {
    closing.signal.throwIfAborted();
    limits.signal?.throwIfAborted();
  }

  async function readOn(from: Position, limits: ReadLimits): Promise<readonly LogMessage[]> {
    const id = `${from.topic}/${from.partition}`;
    const known = rests.get(id);
    rests.delete(id);
    const begin: Rest =
      known?.expected === from.offset
        ? known
        : { expected: from.offset, next: from.offset, messages: [] };
    const rest = begin.messages.length > 0 ? begin : await fetchOn(from, begin, limits);
    const taken = take(rest.messages, limits);
    const expected = (taken.at(-1)?.offset ?? from.offset - 1) + 1;
    rests.set(id, { expected, next: rest.next, messages: rest.messages.slice(taken.length) });
    return taken;
  }

  return {
    async read(from, limits) {
      if (closing.signal.aborted) throw new EventLogError('EVENT_LOG_CLOSED', 'it was closed');
      if (limits.signal?.aborted === true) return [];
      // What is still on its way when the caller gives up is left to come to its end by itself.
      const aborted = abortedBy(limits.signal, closing.signal);
      const reading = readOn(from, limits).catch((error: unknown) => {
        if (limits.signal?.aborted === true || closing.signal.aborted) return [];
        throw error;
      });
      const found = await Promise.race([reading, aborted.promise]);
      aborted.forget();
      return found;
    },
    async close() {
      closing.abort();
      await Promise.all([immediate, ...waiting.values()].map((fetcher) => fetcher.close()));
    },
  };
}

function nextOf(fetched: Fetched, offset: number): number {
  // A batch of which compaction left nothing but its place: the next offset is tried.
  if (fetched.next === offset && offset < fetched.stableEnd) return offset + 1;
  return fetched.next;
}

function take(messages: readonly LogMessage[], limits: ReadLimits): readonly LogMessage[] {
  let bytes = 0;
  let count = 0;
  for (const message of messages) {
    bytes += message.value?.length ?? 0;
    if (count >= limits.messagesMax || (count > 0 && bytes > limits.bytesMax)) break;
    count += 1;
  }
  return messages.slice(0, count);
}

export function isOutOfRange(error: unknown): boolean {
  return String(Object(error).type) === 'OFFSET_OUT_OF_RANGE';
}

function abortedBy(...signals: readonly (AbortSignal | undefined)[]): {
  readonly promise: Promise<readonly LogMessage[]>;
  readonly forget: () => void;
} {
  const { promise, resolve } = Promise.withResolvers<readonly LogMessage[]>();
  const end = (): void => resolve([]);
  for (const signal of signals) signal?.addEventListener('abort', end, { once: true });
  return {
    promise,
    forget: () => {
      for (const signal of signals) signal?.removeEventListener('abort', end);
    },
  };
}
