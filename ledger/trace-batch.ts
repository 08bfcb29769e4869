import type { TracedWork } from '../telemetry/trace-work.ts';
import { beginWork } from '../telemetry/trace-work.ts';

/** Begins to tell of a batch whose messages were read since then; it ends when the store has its rows. */
export function beginBatch(logId: string, sinceMs: number, messages: number): TracedWork {
  const traced = beginWork({ name: 'waybill.ledger.batch', sinceMs });
  traced.done('waybill.ledger.read', sinceMs);
  traced.tell({ 'waybill.log.id': logId, 'waybill.messages': messages });
  return traced;
}
