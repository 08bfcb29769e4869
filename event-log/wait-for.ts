import { openWrittenSignal } from './written-signal.ts';

/**
 * Waits for what another thread will write: told by the signal, or, where that does not reach, by looking again after 1 ms at first
 * and then ever less often up to 50 ms. Under load the signal comes more often than looking is worth, so looks lie 1 ms apart.
 */
export interface Waiter {
  /** Answers what `look` finds, or undefined after `waitMsMax`, when `signal` aborts, or when the waiter is closed. */
  waitFor<T>(
    look: () => T | undefined,
    waitMsMax: number,
    signal: AbortSignal | undefined,
  ): Promise<T | undefined>;
  /** Something was written in this thread: look now, and let the others look. */
  nudge(): void;
  close(): void;
}

const LOOK_AFTER_MS_MIN = 1;
const LOOK_AFTER_MS_MAX = 50;

type Wait = {
  readonly look: () => boolean;
  readonly untilMs: number;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
};

/** `refresh` is called once before all looks of one time: it makes what other threads wrote visible. */
export function createWaiter(refresh: () => void, signal = openWrittenSignal()): Waiter {
  const waits = new Set<Wait>();
  let timer: NodeJS.Timeout | undefined;
  let delayMs = LOOK_AFTER_MS_MIN;
  let seen = signal.seen();
  let isListening = false;

  function schedule(): void {
    if (waits.size === 0) return;
    const nowMs = performance.now();
    let waitMs = delayMs;
    for (const { untilMs } of waits) waitMs = Math.min(waitMs, untilMs - nowMs);
    lookAfter(Math.max(waitMs, LOOK_AFTER_MS_MIN));
    delayMs = Math.min(delayMs * 1.2, LOOK_AFTER_MS_MAX);
    if (!isListening) void listen();
  }

  function lookAfter(waitMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(lookAll, waitMs);
  }

  async function listen(): Promise<void> {
    isListening = true;
    await signal.next(seen);
    isListening = false;
    if (waits.size > 0) lookAfter(LOOK_AFTER_MS_MIN);
  }

  function lookAll(): void {
    clearTimeout(timer);
    timer = undefined;
    const nowMs = performance.now();
    seen = signal.seen();
    try {
      refresh();
    } catch (error) {
      for (const wait of waits) wait.fail(error);
    }
    for (const wait of waits) {
      if (wait.look()) delayMs = LOOK_AFTER_MS_MIN;
      else if (nowMs >= wait.untilMs) wait.end();
    }
    schedule();
  }

  return {
    waitFor: (look, waitMsMax, abort) =>
      new Promise((resolve, reject) => {
        const finish = (settle: () => void): void => {
          if (!waits.delete(wait)) return;
          abort?.removeEventListener('abort', wait.end);
          settle();
        };
        const wait: Wait = {
          untilMs: performance.now() + waitMsMax,
          end: () => finish(() => resolve(undefined)),
          fail: (error) => finish(() => reject(error)),
          look: () => {
            try {
              const found = look();
              if (found !== undefined) finish(() => resolve(found));
              return found !== undefined;
            } catch (error) {
              wait.fail(error);
              return true;
            }
          },
        };
        waits.add(wait);
        abort?.addEventListener('abort', wait.end);
        if (abort?.aborted === true || waitMsMax <= 0) wait.end();
        schedule();
      }),
    nudge: () => {
      signal.announce();
      if (waits.size > 0) lookAll();
    },
    close: () => {
      for (const wait of waits) wait.end();
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
