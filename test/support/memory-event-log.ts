import type {
  Commit,
  EventLog,
  LogMessage,
  NewMessage,
  Owner,
  OwnerView,
} from '../../event-log/event-log.ts';
import { workOnAll } from '../../event-log/share-work.ts';
import type { Topic } from '../../schemas/topics.ts';

/**
 * An event log in memory, for tests of what stands on the port. It keeps the port's promises but durability: order, all or nothing,
 * fencing. `messages` is what lies in it.
 */
export function memoryEventLog(clock: () => number = () => 0): EventLog & {
  readonly messages: (topic: Topic, partition?: number) => readonly LogMessage[];
} {
  const partitions = new Map<string, LogMessage[]>();
  const roles = new Map<string, RoleState>();
  const messages = (topic: Topic, partition = 0): LogMessage[] => {
    const key = `${topic}/${partition}`;
    const found = partitions.get(key) ?? [];
    partitions.set(key, found);
    return found;
  };
  const append = (added: readonly NewMessage[]): void => {
    for (const message of added) {
      const list = messages(message.topic, message.partition);
      list.push({ ...message, offset: list.length, appendTimeMs: clock() });
    }
  };
  const stateOf = (role: string, partition: number): RoleState => {
    const key = `${role}/${partition}`;
    const found = roles.get(key) ?? { epoch: 0, state: new Map(), positions: new Map() };
    roles.set(key, found);
    return found;
  };
  return {
    partitions: 1,
    messages,
    append: async (added) => append(added),
    read: async ({ topic, partition, offset }, { messagesMax }) =>
      messages(topic, partition)
        .filter((message) => message.offset >= offset)
        .slice(0, messagesMax),
    range: async (topic, partition) => ({ start: 0, end: messages(topic, partition).length }),
    openOwner: async (role, partition) => {
      const owned = stateOf(role, partition);
      owned.epoch += 1;
      return ownerOf(owned, append);
    },
    inspect: async (role, partition) => viewOf(stateOf(role, partition)),
    share: async (_role, _topic, work) => workOnAll(1, work),
    trim: async () => ({ droppedMessages: 0, heldBackBy: [] }),
    close: async () => {},
  };
}

type RoleState = {
  epoch: number;
  readonly state: Map<string, Uint8Array>;
  readonly positions: Map<string, number>;
};

function viewOf({ state, positions }: RoleState): OwnerView {
  return {
    position: (topic, partition) => positions.get(`${topic}/${partition}`) ?? 0,
    getState: (key) => state.get(key),
    scanState: (prefix) =>
      [...state].filter(([key]) => key.startsWith(prefix)).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  };
}

function ownerOf(owned: RoleState, append: (added: readonly NewMessage[]) => void): Owner {
  const epoch = owned.epoch;
  return {
    ...viewOf(owned),
    commit: async (commit: Commit) => {
      if (owned.epoch !== epoch) {
        throw Object.assign(new Error('fenced'), { code: 'EVENT_LOG_FENCED' });
      }
      append(commit.appends);
      for (const { topic, partition, offset } of commit.positions) {
        owned.positions.set(`${topic}/${partition}`, offset);
      }
      for (const { key, value } of commit.state) {
        if (value === null) owned.state.delete(key);
        else owned.state.set(key, value);
      }
    },
    close: async () => {},
  };
}
