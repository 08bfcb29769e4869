import type { NewMessage } from '../event-log/event-log.ts';
import { encodeAuditRecord } from '../schemas/avro-codec.ts';
import { limits } from '../schemas/limits.ts';
import type { AuditRecord } from '../schemas/record-types.ts';
import { headerNames, topics } from '../schemas/topics.ts';

/** A record as it lies in the log: in the partition of its spans, under its call's id. */
export function recordMessage(record: AuditRecord, partition: number): NewMessage {
  return {
    topic: topics.records,
    partition,
    key: record.callId,
    headers: { [headerNames.tenant]: record.tenant },
    value: encodeWithinLimit(record),
  };
}

/**
 * The parts of a record are bounded so that it fits; should one not, its payload gives way: digests and sizes stay, values go. A
 * function of the record alone, so that a replay gives the same bytes.
 */
function encodeWithinLimit(record: AuditRecord): Buffer {
  const whole = encodeAuditRecord(record);
  if (whole.length <= limits.recordBytesMax) return whole;
  const payload = record.payload.map((field) => ({
    ...field,
    value: Buffer.alloc(0),
    truncated: true,
  }));
  return encodeAuditRecord({ ...record, payload });
}
