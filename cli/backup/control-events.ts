import { peekTopic } from '../../event-log/copy-log.ts';
import type { EventLog, NewMessage } from '../../event-log/event-log.ts';
import { eventMessage } from '../../registry/event-message.ts';
import { readRegistryEvents } from '../../registry/read-events.ts';
import { decodeRegistryEvent } from '../../schemas/avro-codec.ts';
import type { RegistryEvent, RegistryEventType } from '../../schemas/record-types.ts';
import { topics } from '../../schemas/topics.ts';

/**
 * What a restored log must know although it was copied before: who asked to be forgotten, what was taken away, what is held and how long things are kept.
 * A request is carried out again; that one was done is not carried over.
 */
const carried: ReadonlySet<RegistryEventType> = new Set([
  'erasure_requested',
  'redaction',
  'hold_placed',
  'hold_released',
  'retention_declared',
]);

/** Those events of an embedded log that may be in use, one a line, base64. */
export async function peekControlEvents(logFolder: string): Promise<string> {
  const lines: string[] = [];
  for await (const { value } of peekTopic(logFolder, topics.registry)) {
    if (value === null) continue;
    const event = eventIn(value);
    if (event && carried.has(event.type)) lines.push(Buffer.from(value).toString('base64'));
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** Appends those that the log does not hold yet, in their order; gives how many. */
export async function carryOver(log: EventLog, lines: string): Promise<number> {
  const known = new Set<string>();
  for await (const { event } of readRegistryEvents(log)) known.add(event.eventId);
  const missing = lines
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line): readonly NewMessage[] => {
      const event = decodeRegistryEvent(Buffer.from(line, 'base64'));
      return known.has(event.eventId) ? [] : [eventMessage(event)];
    });
  if (missing.length > 0) await log.append(missing);
  return missing.length;
}

// What cannot be read is a dead letter of the ledger's, and asks for nothing.
function eventIn(value: Uint8Array): RegistryEvent | undefined {
  try {
    return decodeRegistryEvent(value);
  } catch {
    return undefined;
  }
}
