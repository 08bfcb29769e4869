import type { EventLog, LogMessage } from '../../../event-log/event-log.ts';
import type { Topic } from '../../../schemas/topics.ts';

const BYTES_MAX = 16 * 1024 * 1024;

/** A partition from an offset, by default its beginning, to its end, in batches of the sizes given; by default large ones. */
export async function* readTopic(
  log: EventLog,
  topic: Topic,
  partition: number,
  batchMessages: () => number = () => 5000,
  from = 0,
): AsyncGenerator<readonly LogMessage[]> {
  for (let offset = from; ;) {
    const limits = { messagesMax: batchMessages(), bytesMax: BYTES_MAX, waitMsMax: 0 };
    const messages = await log.read({ topic, partition, offset }, limits);
    const last = messages.at(-1);
    if (!last) return;
    yield messages;
    offset = last.offset + 1;
  }
}
