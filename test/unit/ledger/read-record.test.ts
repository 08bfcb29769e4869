import { describe, expect, it } from 'vitest';
import { generateRecords } from '../../../bench/generated-records.ts';
import type { LogMessage } from '../../../event-log/event-log.ts';
import { sealPayload } from '../../../key-store/seal-payload.ts';
import { LEAF_VERSION } from '../../../ledger/leaf.ts';
import { readRecord, recordsLogId } from '../../../ledger/read-record.ts';
import { encodeAuditRecord } from '../../../schemas/avro-codec.ts';
import { headerNames, topics } from '../../../schemas/topics.ts';

const times = { startUs: 1_790_000_000_000_000, stepUs: 1_000 };
const plan = { ...times, tenants: ['acme'], revisedOneIn: 10, payloadChars: 60, count: 1, seed: 1 };
const key = Buffer.alloc(32, 3);

function sealedBy(traceKey: Buffer | null) {
  const [record] = generateRecords(plan);
  if (record === undefined) throw new Error('a record was expected');
  const { record: sealed, blind } = sealPayload(record, key);
  const place = { topic: topics.records, partition: 0, offset: 0 };
  const message: LogMessage = {
    ...place,
    appendTimeMs: 1,
    key: record.callId,
    headers: { [headerNames.blind]: blind },
    value: encodeAuditRecord(sealed),
  };
  const at = { ...place, log: recordsLogId(0), index: 0, seq: 0, prev: null };
  const made = readRecord(message)?.sealAt(at, LEAF_VERSION, traceKey);
  return { leaf: Buffer.from(made?.leaf ?? '').toString('utf8'), erased: made?.erased };
}

describe('a record whose values do not open', () => {
  it('is told as erased where the key of its trace was destroyed, and nowhere else', () => {
    expect(sealedBy(key).erased).toBeUndefined();
    expect(sealedBy(null).erased?.fields.length).toBeGreaterThan(0);
    // A value that was changed, or whose key was lost, is missing: nobody took it away.
    expect(sealedBy(Buffer.alloc(32, 4)).erased).toBeUndefined();
  });

  it('has the same leaf in each case', () => {
    expect(sealedBy(null).leaf).toBe(sealedBy(key).leaf);
    expect(sealedBy(Buffer.alloc(32, 4)).leaf).toBe(sealedBy(key).leaf);
  });
});
