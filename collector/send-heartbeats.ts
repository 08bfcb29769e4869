import { setTimeout as wait } from 'node:timers/promises';
import type { EventLog } from '../event-log/event-log.ts';
import type { CollectorMetrics } from './metrics.ts';
import type { SpanNumbering } from './number-spans.ts';

export type HeartbeatParts = {
  readonly log: Pick<EventLog, 'append'>;
  readonly lanes: readonly SpanNumbering[];
  readonly everyMs: number;
  readonly metrics: CollectorMetrics;
};

/**
 * Says now and then up to where this process has counted what it appended, so that the loss of its last messages shows without a later one.
 * Idle producers cost nothing. One that cannot be appended is made up for by the next.
 */
export async function sendHeartbeats(parts: HeartbeatParts, signal: AbortSignal): Promise<void> {
  for (;;) {
    await wait(parts.everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await sendHeartbeat(parts);
  }
}

/** One round of heartbeats: the last one is sent when all is appended, before the log is closed. */
export async function sendHeartbeat({ log, lanes, metrics }: HeartbeatParts): Promise<void> {
  const due = lanes.map((lane) => lane.heartbeats());
  const messages = due.flatMap((each) => each.messages);
  if (messages.length === 0) return;
  try {
    await log.append(messages);
    for (const { committed } of due) committed();
  } catch {
    metrics.add('waybill_collector_heartbeat_problems_total', 1);
  }
}
