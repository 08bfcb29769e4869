import { leafOf } from '../../ledger/leaf.ts';
import { recordSecrets } from '../../ledger/record-secrets.ts';
import type { AuditRecord } from '../../schemas/record-types.ts';
import { topics } from '../../schemas/topics.ts';

/** A trace's key, for tests that have one trace. */
export const TRACE_KEY = Buffer.alloc(32, 0xa1);

/** The leaf of a record as the ledger would write it at this place, first of its stream. */
export function leafText(record: AuditRecord, index: number, log: string): string {
  const place = { log, topic: topics.records, partition: 0, index, offset: index, seq: index };
  const secrets = recordSecrets(TRACE_KEY, record);
  return Buffer.from(leafOf(record, { ...place, prev: null }, secrets).bytes).toString();
}
