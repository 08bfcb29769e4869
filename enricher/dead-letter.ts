import type { LogMessage, NewMessage } from '../event-log/event-log.ts';
import { headerNames, topics } from '../schemas/topics.ts';

/** A message set aside: place, size and reason; never its bytes. */
export function deadLetterOf(message: LogMessage, reason: string): NewMessage {
  const { topic, partition, offset, headers, value } = message;
  const tenant = headers[headerNames.tenant] ?? 'unknown';
  const producer = headers[headerNames.producer] ?? 'unknown';
  return letter(tenant, producer, { topic, partition, offset, bytes: value?.length ?? 0, reason });
}

/** A call or trace that could not be put together at a position of its partition. */
export type Failure = {
  readonly tenant: string;
  readonly what: 'call' | 'trace';
  readonly id: string;
  readonly reason: string;
};

export function failureLetter(
  failure: Failure,
  at: { partition: number; offset: number },
): NewMessage {
  const { tenant, what, id, reason } = failure;
  return letter(tenant, 'unknown', { topic: topics.spans, ...at, bytes: 0, [what]: id, reason });
}

function letter(
  tenant: string,
  producer: string,
  told: Readonly<Record<string, string | number>>,
): NewMessage {
  return {
    topic: topics.deadLetters,
    partition: 0,
    key: null,
    headers: { [headerNames.tenant]: tenant, [headerNames.producer]: producer },
    value: Buffer.from(JSON.stringify(told)),
  };
}
