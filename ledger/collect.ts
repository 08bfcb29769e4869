import type { EventLog, LogMessage, Position } from '../event-log/event-log.ts';
import { pause } from './pause.ts';

export type BatchLimits = {
  readonly messagesMax: number;
  /** Sum of message values, beyond the first. */
  readonly bytesMax: number;
  /** How long a batch waits for more messages after its first. */
  readonly lingerMs: number;
  /** How long to wait for a first message before the answer is empty. */
  readonly waitMsMax: number;
};

/**
 * The next messages of a topic: as many as the limits allow, or those of a short while. The store takes few large blocks better than many
 * small ones, and a caller that looks for its record waits no longer than the linger.
 */
export async function collect(
  log: EventLog,
  from: Position,
  limits: BatchLimits,
  signal: AbortSignal,
): Promise<readonly LogMessage[]> {
  const found: LogMessage[] = [];
  const startedMs = performance.now();
  let bytes = 0;
  let waitMsMax = limits.waitMsMax;
  let firstMs = startedMs;
  while (!signal.aborted) {
    const offset = (found.at(-1)?.offset ?? from.offset - 1) + 1;
    const messagesMax = limits.messagesMax - found.length;
    const bytesMax = limits.bytesMax - bytes;
    if (messagesMax <= 0 || bytesMax <= 0) break;
    const read = await log.read({ ...from, offset }, { messagesMax, bytesMax, waitMsMax, signal });
    if (read.length === 0 && found.length === 0) break;
    if (found.length === 0) firstMs = performance.now();
    for (const message of read) {
      found.push(message);
      bytes += message.value?.length ?? 0;
    }
    const leftMs = limits.lingerMs - (performance.now() - firstMs);
    if (leftMs <= 0) break;
    if (messagesMax > read.length) await pause(Math.min(leftMs, POLL_MS), signal);
    waitMsMax = Math.max(0, Math.floor(leftMs));
  }
  return found;
}

// A log that gets a message every millisecond would otherwise be read a message at a time.
const POLL_MS = 50;
