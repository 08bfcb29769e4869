import type { EventLog, LogMessage } from '../event-log/event-log.ts';
import type { RegistryView } from '../registry/view.ts';
import { applyRegistryEvent } from '../registry/view.ts';
import { decodeRegistryEvent } from '../schemas/avro-codec.ts';
import type { RegistryEventType } from '../schemas/record-types.ts';
import { topics } from '../schemas/topics.ts';

/**
 * The view with all events up to and with the offset. An event that cannot be read or does not hold what it should moves the version and
 * nothing else: the registry's own room refuses such documents before they become events.
 */
export async function advanceRegistry(
  log: EventLog,
  from: RegistryView,
  toOffset: number,
): Promise<RegistryView> {
  let view = from;
  while (view.version < toOffset) {
    const position = { topic: topics.registry, partition: 0, offset: view.version + 1 };
    const events = await log.read(position, readLimits);
    if (events.length === 0) return { ...view, version: toOffset };
    for (const event of events) {
      if (event.offset > toOffset) return { ...view, version: toOffset };
      view = applied(view, event);
    }
  }
  return view;
}

/** Events that change what the enricher decides by; the others (who read what) are for the ledger only. */
const declaring: ReadonlySet<RegistryEventType> = new Set([
  'registry_applied',
  'price_book_applied',
  'redaction_applied',
]);

/** The offset of the last event in [from, end) that declares something, or undefined. */
export async function lastDeclaration(
  log: EventLog,
  from: number,
  end: number,
): Promise<number | undefined> {
  let last: number | undefined;
  for (let offset = from; offset < end;) {
    const events = await log.read({ topic: topics.registry, partition: 0, offset }, readLimits);
    if (events.length === 0) return last;
    for (const event of events) if (declares(event)) last = event.offset;
    offset = (events.at(-1)?.offset ?? offset) + 1;
  }
  return last;
}

// What cannot be read moves the version when it is applied, so it is marked like a declaration.
function declares({ value }: LogMessage): boolean {
  try {
    return declaring.has(decodeRegistryEvent(value ?? new Uint8Array(0)).type);
  } catch {
    return true;
  }
}

const readLimits = { messagesMax: 256, bytesMax: 8 * 1024 * 1024, waitMsMax: 0 };

function applied(view: RegistryView, { value, offset }: LogMessage): RegistryView {
  try {
    return applyRegistryEvent(view, decodeRegistryEvent(value ?? new Uint8Array(0)), offset);
  } catch {
    return { ...view, version: offset };
  }
}
