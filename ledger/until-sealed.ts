import type { EventLog } from '../event-log/event-log.ts';
import type { Topic } from '../schemas/topics.ts';
import { topics } from '../schemas/topics.ts';
import { pause } from './pause.ts';
import { readTree } from './state.ts';

const LOOK_MS = 50;

type Waiting<Part extends keyof EventLog> = {
  readonly log: Pick<EventLog, Part>;
  readonly signal: AbortSignal;
};

/** Waits until all that lies in the topics of records and control events now is sealed and in the store. Throws the signal's reason. */
export async function untilSealed({
  log,
  signal,
}: Waiting<'partitions' | 'range' | 'inspect'>): Promise<void> {
  for (let partition = 0; partition < log.partitions; partition += 1) {
    await untilPassed(log, { role: 'ledger', topic: topics.records, partition, signal });
  }
  await untilControlSealed({ log, signal });
}

/** The same of control events alone; gives how many of them are sealed. */
export async function untilControlSealed({
  log,
  signal,
}: Waiting<'range' | 'inspect'>): Promise<number> {
  const role = 'ledger-control';
  await untilPassed(log, { role, topic: topics.registry, partition: 0, signal });
  return readTree(await log.inspect(role, 0)).size;
}

async function untilPassed(
  log: Pick<EventLog, 'range' | 'inspect'>,
  wanted: {
    readonly role: string;
    readonly topic: Topic;
    readonly partition: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { role, topic, partition, signal } = wanted;
  const { end } = await log.range(topic, partition);
  while ((await log.inspect(role, partition)).position(topic, partition) < end) {
    await pause(LOOK_MS, signal);
    signal.throwIfAborted();
  }
}
