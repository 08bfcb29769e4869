import { ledgerRole } from '../schemas/state-keys.ts';
import { topics } from '../schemas/topics.ts';
import { metaLogId, readCheckpoint } from './read-checkpoint.ts';
import { readControlEvent, readsLogId, registryLogId } from './read-control.ts';
import { readRecord, recordsLogId } from './read-record.ts';
import type { LogSource } from './seal-log.ts';

/** Every log of a deployment with so many partitions of records. */
export function logSources(partitions: number): readonly LogSource[] {
  const records = Array.from({ length: partitions }, (_, partition): LogSource => {
    const logId = recordsLogId(partition);
    return { logId, role: ledgerRole, topic: topics.records, partition, readMessage: readRecord };
  });
  const control = { partition: 0, readMessage: readControlEvent };
  return [
    ...records,
    { ...control, logId: registryLogId, role: 'ledger-control', topic: topics.registry },
    { ...control, logId: readsLogId, role: 'ledger-reads', topic: topics.reads },
    {
      logId: metaLogId,
      role: 'ledger-meta',
      topic: topics.checkpoints,
      partition: 0,
      readMessage: readCheckpoint,
    },
  ];
}

export function logIdsOf(partitions: number): readonly string[] {
  return logSources(partitions).map(({ logId }) => logId);
}
