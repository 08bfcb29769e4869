import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, or returns at once when the signal is or becomes aborted: the caller looks at the signal next. */
export async function delay(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
