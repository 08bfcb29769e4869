import type { LogMessage } from '../../event-log/event-log.ts';
import { decodeRegistryEvent } from '../../schemas/avro-codec.ts';
import type { RegistryEvent } from '../../schemas/record-types.ts';

/** A control event as it lies in its topic. What cannot be read is a dead letter of the ledger's, and asks for nothing. */
export function eventOf({ value }: LogMessage): RegistryEvent | undefined {
  try {
    return value === null ? undefined : decodeRegistryEvent(value);
  } catch {
    return undefined;
  }
}

export function bodyOf({ body }: RegistryEvent): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
