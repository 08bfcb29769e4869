import type { EventLog, LogMessage } from '../event-log/event-log.ts';
import { topics } from '../schemas/topics.ts';

/** Names behind principal ids, as far as they are not forgotten. */
export interface Directory {
  nameOf(tenant: string, principal: string): string | undefined;
}

export type DirectoryLimits = {
  /** Entries kept; beyond it, new principals show their id only. */
  readonly directoryEntriesMax: number;
};

/** A directory that follows its topic. */
export type FollowedDirectory = Directory & {
  /** Reads on until aborted; rejects when the log can no longer be read. */
  follow(signal: AbortSignal): Promise<void>;
  entries(): number;
};

/** Opens an entry's value: the name, or undefined when it is not this tenant's or is damaged. */
export type OpenEntry = (
  tenant: string,
  principal: string,
  value: Uint8Array,
) => string | undefined;

/**
 * Keeps the entries encrypted, as they lie in the log, and opens one when it is asked for: a name stands in memory in the clear
 * only on its way into an answer. A tombstone forgets at once.
 */
export function createDirectory(
  log: Pick<EventLog, 'read'>,
  open: OpenEntry,
  limits: DirectoryLimits,
): FollowedDirectory {
  const entries = new Map<string, Uint8Array>();

  function apply(message: LogMessage): void {
    if (message.key === null) return;
    if (message.value === null) entries.delete(message.key);
    else if (entries.has(message.key) || entries.size < limits.directoryEntriesMax) {
      entries.set(message.key, Buffer.from(message.value));
    }
  }

  return {
    nameOf(tenant, principal) {
      const value = entries.get(`${tenant}/${principal}`);
      return value && open(tenant, principal, value);
    },
    async follow(signal) {
      let offset = 0;
      while (!signal.aborted) {
        const from = { topic: topics.directory, partition: 0, offset };
        const messages = await log.read(from, { ...READ, signal });
        for (const message of messages) apply(message);
        offset = (messages.at(-1)?.offset ?? offset - 1) + 1;
      }
    },
    entries: () => entries.size,
  };
}

const READ = { messagesMax: 1000, bytesMax: 1024 * 1024, waitMsMax: 1000 } as const;
