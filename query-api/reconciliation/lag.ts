import type { EventLog } from '../../event-log/event-log.ts';
import { enricherRole, ledgerRole } from '../../schemas/state-keys.ts';
import type { Topic } from '../../schemas/topics.ts';
import { partitionedTopics, topics } from '../../schemas/topics.ts';

/** How far a stage is behind in one partition. No offsets: those would tell how much all tenants together send. */
export type Lag = {
  readonly role: string;
  readonly topic: Topic;
  readonly partition: number;
  /** Messages between what it has committed and the end. */
  readonly behind: number;
};

/** What each stage reads; topics that are not partitioned have one partition. */
const stages: readonly { readonly role: string; readonly topic: Topic }[] = [
  { role: enricherRole, topic: topics.spans },
  { role: ledgerRole, topic: topics.records },
  { role: 'ledger-control', topic: topics.registry },
  { role: 'ledger-reads', topic: topics.reads },
];

export async function readLags(
  log: Pick<EventLog, 'partitions' | 'range' | 'inspect'>,
): Promise<readonly Lag[]> {
  const lags: Lag[] = [];
  for (const { role, topic } of stages) {
    const partitions = partitionedTopics.has(topic) ? log.partitions : 1;
    for (let partition = 0; partition < partitions; partition++) {
      const { end } = await log.range(topic, partition);
      const position = (await log.inspect(role, partition)).position(topic, partition);
      lags.push({ role, topic, partition, behind: Math.max(0, end - position) });
    }
  }
  return lags;
}
