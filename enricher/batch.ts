import type { NewMessage } from '../event-log/event-log.ts';
import type { TraceKeyMaker } from '../key-store/trace-key-maker.ts';
import type { SpanNumber } from '../schemas/span-numbers.ts';
import type { AuditRecord } from '../schemas/record-types.ts';
import type { Tallies } from './engine.ts';
import type { PartitionMetrics } from './metrics.ts';
import { numberedMessage, recordMessage } from './record-message.ts';

/** What the messages of one commit gave. */
export type Batch = {
  readonly appends: NewMessage[];
  /** Of the records, encoded. */
  bytes: number;
  spans: number;
  records: number;
  revisions: number;
  /** Places that redaction replaced, told by first revisions. */
  redactedPlaces: number;
  merged: number;
  split: number;
  deadLetters: number;
};

export function emptyBatch(): Batch {
  const counts = {
    bytes: 0,
    spans: 0,
    records: 0,
    revisions: 0,
    merged: 0,
    split: 0,
    deadLetters: 0,
  };
  return { appends: [], redactedPlaces: 0, ...counts };
}

/** Counts a batch that was committed. */
export function countBatch(
  metrics: PartitionMetrics,
  batch: Batch,
  tallies: Tallies | undefined,
): void {
  metrics.spans += batch.spans;
  metrics.records += batch.records;
  metrics.revisions += batch.revisions;
  metrics.redactedPlaces += batch.redactedPlaces;
  metrics.merged += batch.merged;
  metrics.split += batch.split;
  metrics.deadLetters += batch.deadLetters;
  metrics.tooLate += tallies?.tooLate ?? 0;
  metrics.restarted += tallies?.restarted ?? 0;
  if (tallies) Object.assign(tallies, { tooLate: 0, restarted: 0 });
}

/** Adds a record, encoded, to its batch. */
export function addRecord(
  batch: Batch,
  { record, numbers }: { readonly record: AuditRecord; readonly numbers: readonly SpanNumber[] },
  partition: number,
  keys: TraceKeyMaker | null,
): void {
  const message = recordMessage(record, partition, keys);
  batch.appends.push(numbers.length === 0 ? message : numberedMessage(message, numbers));
  batch.bytes += message.value?.length ?? 0;
  batch.records += 1;
  if (record.revision > 0) batch.revisions += 1;
  else for (const { count } of record.receipts) batch.redactedPlaces += count;
  if (record.mergedInto !== null) batch.merged += 1;
  if (record.change === 'split_from') batch.split += 1;
}
