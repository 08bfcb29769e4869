import type { EventLog, LogMessage, NewMessage } from '../../event-log/event-log.ts';
import { partitionOfKey } from '../../schemas/partition.ts';
import { headerNames, topics } from '../../schemas/topics.ts';
import type { Join, OutgoingJoin } from './join-message.ts';
import { decodeJoin } from './join-message.ts';

type Where = { readonly log: EventLog; readonly partition: number };

/** What was said from one offset up to another, the last left out; `offset` is where to go on. */
export async function readJoins(
  { log, partition }: Where,
  from: number,
  end: number,
): Promise<{
  readonly joins: readonly Join[];
  readonly unreadable: readonly LogMessage[];
  readonly offset: number;
}> {
  const joins: Join[] = [];
  const unreadable: LogMessage[] = [];
  let offset = from;
  while (offset < end) {
    const messages = await log.read({ topic: topics.joins, partition, offset }, readLimits);
    const within = messages.filter((message) => message.offset < end);
    for (const message of within) {
      const join = decodeJoin(message.value);
      if (join && join.tenant === message.headers[headerNames.tenant]) joins.push(join);
      else unreadable.push(message);
    }
    offset = within.length < messages.length ? end : (messages.at(-1)?.offset ?? end - 1) + 1;
  }
  // A marker that came twice says nothing new.
  return { joins, unreadable, offset: Math.max(from, offset) };
}

const readLimits = { messagesMax: 256, bytesMax: 8 * 1024 * 1024, waitMsMax: 0 };

export function joinMessage({ log }: Where, { tenant, trace, value }: OutgoingJoin): NewMessage {
  return {
    topic: topics.joins,
    partition: partitionOfKey(Buffer.from(trace), log.partitions),
    key: trace,
    headers: { [headerNames.tenant]: tenant },
    value,
  };
}
