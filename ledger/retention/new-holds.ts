import type { EventLog } from '../../event-log/event-log.ts';
import { topics } from '../../schemas/topics.ts';
import { bodyOf, eventOf } from '../erase/control-event.ts';
import type { Hold } from '../erase/erasure-events.ts';
import { holdSchema } from '../erase/erasure-events.ts';

const LIMITS = { messagesMax: 1_000, bytesMax: 4 * 1024 * 1024, waitMsMax: 0 };

/**
 * Follows the holds of a tenant from an offset of the control events on: each call gives those that were placed since the last. A run may take hours, and nobody
 * who was told that a hold is placed is to lose what it covers to a round that had not begun. One that is released again holds until the run is over.
 */
export function followHolds(
  log: Pick<EventLog, 'read'>,
  tenant: string,
  from: number,
): () => Promise<readonly Hold[]> {
  let offset = from;
  return async () => {
    const placed: Hold[] = [];
    for (;;) {
      const messages = await log.read({ topic: topics.registry, partition: 0, offset }, LIMITS);
      if (messages.length === 0) return placed;
      for (const message of messages) {
        offset = message.offset + 1;
        const event = eventOf(message);
        if (event?.tenant !== tenant || event.type !== 'hold_placed') continue;
        const hold = holdSchema.safeParse(bodyOf(event));
        if (hold.success) placed.push(hold.data);
      }
    }
  };
}
