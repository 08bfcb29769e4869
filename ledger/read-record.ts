import type { LogMessage } from '../event-log/event-log.ts';
import { decodeAuditRecord } from '../schemas/avro-codec.ts';
import { leafOf } from './leaf.ts';
import { addRecordRows } from './rows.ts';
import type { ReadMessage, SealedMessage } from './seal.ts';

/** The log of a partition of records. */
export function recordsLogId(partition: number): string {
  return `records/p${partition}/e0`;
}

/** Reads messages of `waybill.records.v1`. */
export function recordReader(logId: string): ReadMessage {
  return (message) => readRecord(logId, message);
}

function readRecord(logId: string, message: LogMessage): SealedMessage | undefined {
  if (message.value === null) return undefined;
  const record = decodeAuditRecord(message.value);
  return {
    tenant: record.tenant,
    callId: record.callId,
    revision: record.revision,
    appendTimeUs: record.facts.appendTimeUs,
    leafAt: (place) => leafOf(record, place),
    addRows: (blocks, leafIndex) => addRecordRows(blocks, { logId, leafIndex }, record),
  };
}
