/**
 * Waits for what another thread will write, by looking again: after 1 ms at first, then ever less often up to 8 ms. One timer
 * serves all who wait in this thread; nobody waiting costs nothing. (LMDB tells nobody of a commit, and a message between
 * threads for each commit would cost the busy case more than looking costs the idle one.)
 */
export interface Waiter {
  /** Answers what `look` finds, or undefined after `waitMsMax`, when `signal` aborts, or when the waiter is closed. */
  waitFor<T>(
    look: () => T | undefined,
    waitMsMax: number,
    signal: AbortSignal | undefined,
  ): Promise<T | undefined>;
  /** Something was written in this thread: look now. */
  nudge(): void;
  close(): void;
}

const LOOK_AFTER_MS_MIN = 1;
const LOOK_AFTER_MS_MAX = 8;

type Wait = {
  readonly look: () => boolean;
  readonly untilMs: number;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
};

/** `refresh` is called once before all looks of one time: it makes what other threads wrote visible. */
export function createWaiter(refresh: () => void): Waiter {
  const waits = new Set<Wait>();
  let timer: NodeJS.Timeout | undefined;
  let delayMs = LOOK_AFTER_MS_MIN;

  function schedule(): void {
    if (timer !== undefined || waits.size === 0) return;
    timer = setTimeout(lookAll, delayMs);
    delayMs = Math.min(delayMs * 1.2, LOOK_AFTER_MS_MAX);
  }

  function lookAll(): void {
    clearTimeout(timer);
    timer = undefined;
    const nowMs = performance.now();
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
    waitFor: (look, waitMsMax, signal) =>
      new Promise((resolve, reject) => {
        const finish = (settle: () => void): void => {
          if (!waits.delete(wait)) return;
          signal?.removeEventListener('abort', wait.end);
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
        signal?.addEventListener('abort', wait.end);
        if (signal?.aborted === true || waitMsMax <= 0) wait.end();
        schedule();
      }),
    nudge: () => {
      if (waits.size > 0) lookAll();
    },
    close: () => {
      for (const wait of waits) wait.end();
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
