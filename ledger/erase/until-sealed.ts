import type { EventLog } from '../../event-log/event-log.ts';
import type { Topic } from '../../schemas/topics.ts';
import { topics } from '../../schemas/topics.ts';
import { pause } from '../pause.ts';

const LOOK_MS = 50;

/** Waits until all that lies in the topics of records and control events now is sealed and in the store. Throws the signal's reason. */
export async function untilSealed({
  log,
  signal,
}: {
  readonly log: Pick<EventLog, 'partitions' | 'range' | 'inspect'>;
  readonly signal: AbortSignal;
}): Promise<void> {
  const partitions = Array.from({ length: log.partitions }, (_, partition) => partition);
  const waits = [
    ...partitions.map((partition) => ['ledger', topics.records, partition] as const),
    ['ledger-control', topics.registry, 0] as const,
  ];
  for (const [role, topic, partition] of waits) {
    await untilPassed(log, { role, topic, partition, signal });
  }
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
