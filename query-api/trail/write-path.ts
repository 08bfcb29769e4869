import { setTimeout as wait } from 'node:timers/promises';
import type { EventLog, NewMessage } from '../../event-log/event-log.ts';
import type { ReadSpool } from './read-spool.ts';

/** Where reads are recorded: the log, and while it does not take them a spool, so that questions go on. */
export interface WritePath {
  /** Resolves when the messages are durable, there or there. Calls come one after the other. */
  append(messages: readonly NewMessage[]): Promise<void>;
  /** Since when reads are spooled, milliseconds since the epoch; null: the log has all. */
  downSinceMs(): number | null;
  close(): Promise<void>;
}

export type WritePathOptions = {
  readonly log: Pick<EventLog, 'append'>;
  readonly spool: ReadSpool;
  /** How long an answer waits for the log before its read is spooled. */
  readonly logWaitMsMax: number;
  readonly nowMs: () => number;
};

const BATCH_MESSAGES_MAX = 500;
const RETRY_MS_MIN = 200;
const RETRY_MS_MAX = 5_000;

/**
 * What was spooled goes to the log before anything newer, so that the order stays. A read whose append was given up may still have been taken: it is sent
 * again unless the log says so, and then stands there twice under one event id. None is missing.
 */
export function createWritePath(options: WritePathOptions): WritePath {
  const { log, spool, logWaitMsMax, nowMs } = options;
  const closing = new AbortController();
  let putting: Promise<void> | undefined;
  let downSinceMs = spool.waiting.length > 0 ? nowMs() : null;
  let draining = spool.waiting.length > 0 ? drain(Promise.resolve(0)) : Promise.resolve();

  /** `taken`: how many of the oldest turn out to be in the log already. */
  async function drain(taken: Promise<number>): Promise<void> {
    // How many of the oldest are in the log, and not noted as sent: that is tried again, and they are not sent again but after a restart.
    let sent = await Promise.race([taken, aborted(closing.signal)]);
    for (let retryMs = RETRY_MS_MIN; !closing.signal.aborted;) {
      try {
        if (sent === 0) {
          const batch = spool.waiting.slice(0, BATCH_MESSAGES_MAX);
          if (batch.length > 0) await log.append(batch);
          sent = batch.length;
        }
        if (sent > 0) await spool.drop(sent);
        sent = 0;
        retryMs = RETRY_MS_MIN;
        if (spool.waiting.length > 0) continue;
        if (putting === undefined) {
          downSinceMs = null;
          return;
        }
        // It stands behind what was just sent, and is sent next: to look again before it is there would let nothing else run.
        await putting;
      } catch {
        await wait(retryMs, undefined, { signal: closing.signal }).catch(() => undefined);
        retryMs = Math.min(2 * retryMs, RETRY_MS_MAX);
      }
    }
  }

  async function put(messages: readonly NewMessage[]): Promise<void> {
    const kept = spool.put(messages);
    putting = kept.catch(() => undefined);
    try {
      await kept;
    } finally {
      putting = undefined;
    }
  }

  return {
    async append(messages) {
      if (downSinceMs !== null) return put(messages);
      const sent = log.append(messages).then(
        () => true,
        () => false,
      );
      const isTaken = await Promise.race([sent, wait(logWaitMsMax, false, { ref: false })]);
      if (isTaken) return;
      downSinceMs = nowMs();
      let spooled = 0;
      try {
        await put(messages);
        spooled = messages.length;
      } finally {
        draining = drain(sent.then((late) => (late ? spooled : 0)));
      }
    },
    downSinceMs: () => downSinceMs,
    async close() {
      closing.abort();
      // An append that is under way may hang as long as the log does: what it brings stays in the spool and is sent again.
      await Promise.race([draining, wait(logWaitMsMax, undefined, { ref: false })]);
      await spool.close();
    },
  };
}

async function aborted(signal: AbortSignal): Promise<number> {
  if (!signal.aborted) {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  return 0;
}
