import type { NewMessage } from '../event-log/event-log.ts';
import { encodeRegistryEvent } from '../schemas/avro-codec.ts';
import type { RegistryEvent } from '../schemas/record-types.ts';
import { headerNames, topics } from '../schemas/topics.ts';

/** A control event as a message of the registry's topic, or of that of the reads, which has the same form. */
export function eventMessage(
  event: RegistryEvent,
  topic: typeof topics.registry | typeof topics.reads = topics.registry,
): NewMessage {
  return {
    topic,
    partition: 0,
    key: event.tenant,
    headers: { [headerNames.tenant]: event.tenant },
    value: encodeRegistryEvent(event),
  };
}
