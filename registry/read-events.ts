import type { EventLog, ReadLimits } from '../event-log/event-log.ts';
import { decodeRegistryEvent } from '../schemas/avro-codec.ts';
import type { RegistryEvent } from '../schemas/record-types.ts';
import { topics } from '../schemas/topics.ts';
import type { RegistryView } from './view.ts';
import { applyRegistryEvent, emptyRegistry } from './view.ts';

export type RegistryEntry = { readonly event: RegistryEvent; readonly offset: number };

const limits: ReadLimits = { messagesMax: 1_000, bytesMax: 8 * 1024 * 1024, waitMsMax: 0 };

/** The registry's events from an offset on, in order, up to where the topic ends now. */
export async function* readRegistryEvents(
  log: EventLog,
  from = 0,
): AsyncGenerator<RegistryEntry, void, undefined> {
  const { start, end } = await log.range(topics.registry, 0);
  for (let next = Math.max(start, from); next < end;) {
    const messages = await log.read({ topic: topics.registry, partition: 0, offset: next }, limits);
    if (messages.length === 0) return;
    for (const { offset, value } of messages) {
      if (value !== null) yield { event: decodeRegistryEvent(value), offset };
      next = offset + 1;
    }
  }
}

/** The view as of the topic's end now. */
export async function loadRegistry(log: EventLog): Promise<RegistryView> {
  let view = emptyRegistry();
  for await (const { event, offset } of readRegistryEvents(log)) {
    view = applyRegistryEvent(view, event, offset);
  }
  return view;
}
