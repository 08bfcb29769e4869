import type { EventLog } from '../../../event-log/event-log.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { countPrefix, enricherRole } from '../../../schemas/state-keys.ts';
import { topics } from '../../../schemas/topics.ts';

/** Spans of which the enrichers have not said the last word; all of them, until they have seen as many as were sent. */
export async function openSpans(log: EventLog, sent: number): Promise<number> {
  const sums = new Map<string, number>();
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const view = await log.inspect(enricherRole, partition);
    for (const [key, value] of view.scanState(countPrefix)) {
      const count = key.slice(key.lastIndexOf('/') + 1);
      sums.set(count, (sums.get(count) ?? 0) + Number(Buffer.from(value).toString()));
    }
  }
  return (sums.get('accepted') ?? 0) < sent ? sent : (sums.get('open') ?? 0);
}

/** Records that the ledger has not sealed. */
export async function unsealed(log: EventLog): Promise<number> {
  let behind = 0;
  for (let partition = 0; partition < log.partitions; partition += 1) {
    const { end } = await log.range(topics.records, partition);
    const view = await log.inspect('ledger', partition);
    behind += Math.max(0, end - view.position(topics.records, partition));
  }
  return behind;
}

/** Leaves of records that no signed head covers yet. */
export async function unsigned(store: RecordStore): Promise<number> {
  const sql = `SELECT (SELECT count() FROM waybill.leaves WHERE log_id LIKE 'records/%') - (SELECT sum(size) FROM
    (SELECT max(size) AS size FROM waybill.checkpoints WHERE log_id LIKE 'records/%' GROUP BY log_id)) AS leaves`;
  const [row] = await store.query<{ leaves: number }>({ sql });
  return row?.leaves ?? 0;
}
