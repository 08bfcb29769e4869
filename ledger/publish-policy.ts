import type { NewMessage } from '../event-log/event-log.ts';
import type { RecordStore } from '../record-store/clickhouse.ts';
import { headerNames, topics } from '../schemas/topics.ts';
import { POLICY_CALL_ID, checkpointKinds, metaLogId } from './read-checkpoint.ts';

/**
 * What is to be appended to the topic of checkpoints when the policy is another than the meta log told last: so it holds the history of whom a verifier was to
 * believe, and since when. A crash, or a second ledger at the same moment, tells it twice, which says nothing new.
 */
export async function policyMessages(
  store: Pick<RecordStore, 'query'>,
  policy: string,
): Promise<readonly NewMessage[]> {
  const sql = `SELECT leaf FROM waybill.leaves WHERE log_id = {log:String} AND call_id = toFixedString(unhex({call:String}), 16)
    ORDER BY leaf_index DESC LIMIT 1`;
  const params = { log: metaLogId, call: POLICY_CALL_ID };
  const [told] = await store.query<{ leaf: string }>({ sql, params });
  if (told?.leaf === policy) return [];
  const value = Buffer.from(policy);
  const headers = { [headerNames.kind]: checkpointKinds.policy };
  return [{ topic: topics.checkpoints, partition: 0, key: 'policy', headers, value }];
}
