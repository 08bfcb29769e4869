import { randomUUID } from 'node:crypto';
import type { EventLog, NewMessage } from '../../event-log/event-log.ts';
import { eventMessage } from '../../registry/event-message.ts';
import { topics } from '../../schemas/topics.ts';
import { QueryApiError } from '../errors.ts';

/** One read of the audit trail, as it is itself recorded. */
export type AuditRead = {
  readonly tenant: string;
  readonly keyId: string;
  readonly role: string;
  readonly route: string;
  /** As asked, people as principal ids. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Rows given. */
  readonly rows: number;
};

/** Records who read what. `record` resolves once the event is durable, and no answer is sent before. */
export interface ReadTrail {
  record(read: AuditRead): Promise<void>;
}

export type ReadTrailLimits = {
  /** Reads that may wait for the log at once; more are refused with BUSY. */
  readonly waitingMax: number;
};

/**
 * A trail that commits in groups: reads that arrive while an append is under way share the next one, so that many small questions
 * cost few syncs. A failed append fails the reads of its group: nothing is answered unless it is recorded.
 */
export function createReadTrail(
  log: Pick<EventLog, 'append'>,
  nowMs: () => number,
  limits: ReadTrailLimits,
): ReadTrail {
  let waiting: NewMessage[] = [];
  let next: Promise<void> | undefined;
  let running: Promise<void> = Promise.resolve();

  async function appendGroup(): Promise<void> {
    await running.catch(() => undefined);
    const group = waiting;
    waiting = [];
    next = undefined;
    running = log.append(group);
    await running;
  }

  return {
    async record(read) {
      if (waiting.length >= limits.waitingMax) {
        throw new QueryApiError('BUSY', 'Too many reads wait to be recorded.');
      }
      waiting.push(messageOf(read, nowMs()));
      next ??= appendGroup();
      try {
        // Commit point: the read is recorded; if we die on the next line, it was recorded and not answered.
        await next;
      } catch (cause) {
        if (cause instanceof QueryApiError) throw cause;
        throw new QueryApiError('TRAIL_UNAVAILABLE', 'The read could not be recorded.', cause);
      }
    },
  };
}

function messageOf(read: AuditRead, nowMs: number): NewMessage {
  const { tenant, keyId, role, route, parameters, rows } = read;
  const event = {
    eventId: randomUUID(),
    tenant,
    type: 'audit_read',
    timeUs: nowMs * 1000,
    actor: keyId,
    digest: null,
    body: JSON.stringify({ keyId, role, route, parameters, rows }),
  } as const;
  return eventMessage(event, topics.reads);
}
