import type { NewMessage } from '../event-log/event-log.ts';
import type { SealedRecord } from '../key-store/seal-payload.ts';
import { sealPayload } from '../key-store/seal-payload.ts';
import type { TraceKeyMaker } from '../key-store/trace-key-maker.ts';
import { encodeAuditRecord } from '../schemas/avro-codec.ts';
import { limits } from '../schemas/limits.ts';
import type { AuditRecord } from '../schemas/record-types.ts';
import type { SpanNumber } from '../schemas/span-numbers.ts';
import { spanNumbersText } from '../schemas/span-numbers.ts';
import { headerNames, topics } from '../schemas/topics.ts';

/**
 * A record as it lies in the log: in the partition of its spans, under its call's id, its payload encrypted under the key of its home trace. Without a maker of
 * keys the payload lies there as it is.
 */
export function recordMessage(
  record: AuditRecord,
  partition: number,
  keys: TraceKeyMaker | null,
): NewMessage {
  const { tenant, callId, facts } = record;
  const traceKey = keys?.keyFor({ tenant, traceId: facts.traceId });
  const sealed =
    traceKey === undefined ? null : (plain: AuditRecord) => sealPayload(plain, traceKey);
  const { value, blind } = encodeWithinLimit(record, sealed ?? asItIs);
  const headers = { [headerNames.tenant]: tenant };
  return {
    topic: topics.records,
    partition,
    key: callId,
    headers: sealed ? { ...headers, [headerNames.blind]: blind } : headers,
    value,
  };
}

/** The message, and which numbered spans its record holds. */
export function numberedMessage(message: NewMessage, numbers: readonly SpanNumber[]): NewMessage {
  const { headers } = message;
  return { ...message, headers: { ...headers, [headerNames.numbers]: spanNumbersText(numbers) } };
}

/**
 * The parts of a record are bounded so that it fits; should one not, its payload gives way: digests and sizes stay, values go. A
 * function of record and key alone, so that a replay gives the same bytes.
 */
function encodeWithinLimit(
  record: AuditRecord,
  seal: (record: AuditRecord) => SealedRecord,
): { readonly value: Buffer; readonly blind: string } {
  const sealed = seal(record);
  const { blind } = sealed;
  const whole = encodeAuditRecord(sealed.record);
  if (whole.length <= limits.recordBytesMax) return { value: whole, blind };
  const payload = record.payload.map((field) => ({
    ...field,
    value: Buffer.alloc(0),
    truncated: true,
  }));
  return { value: encodeAuditRecord(seal({ ...record, payload }).record), blind };
}

function asItIs(record: AuditRecord): SealedRecord {
  return { record, blind: '' };
}
