import { proveRecord } from './make-proof.ts';
import { leavesStatement } from './queries/leaves.ts';
import type { LeafRow } from './queries/leaves.ts';
import type { RecordReader } from './queries/statement.ts';
import { tenantStatement } from './queries/statement.ts';

/** The log of control events: see `ledger/read-control.ts`. */
export const CONTROL_LOG_ID = 'registry/p0/e0';

/** Why a value is gone: the sealed redaction, its body where the leaf has only its digest, and its proof. */
export type EvidenceAnswer = {
  readonly leaf: string;
  readonly body?: string;
  readonly proof: string;
};

/** Redactions of one record; an erasure and what came late are two. */
const EVIDENCE_MAX = 8;

/** The sealed redactions that name a record. Asked for only where values are missing, since bodies are looked through for its id. */
export async function evidenceOf(
  store: RecordReader,
  { tenant, recordId }: { readonly tenant: string; readonly recordId: string },
): Promise<readonly EvidenceAnswer[]> {
  const bodies = await store.query<{ at: number; body: string }>(
    tenantStatement({
      tenant,
      select: 'leaf_index AS at, value AS body',
      table: 'payloads',
      where: [
        { sql: `log_id = '${CONTROL_LOG_ID}' AND field = '$body'`, params: {} },
        { sql: 'position(value, {quoted:String}) > 0', params: { quoted: `"${recordId}"` } },
      ],
      rest: { sql: `ORDER BY leaf_index LIMIT ${EVIDENCE_MAX}`, params: {} },
    }),
  );
  const short = await store.query<LeafRow>(
    tenantStatement({
      tenant,
      select: `log_id AS logId, leaf_index AS leafIndex, lower(hex(call_id)) AS callId, revision, seq,
        lower(hex(leaf_hash)) AS leafHash, leaf`,
      table: 'leaves',
      where: [
        { sql: `log_id = '${CONTROL_LOG_ID}'`, params: {} },
        { sql: `position(leaf, '"type":"redaction"') > 0`, params: {} },
        { sql: 'position(leaf, {quoted:String}) > 0', params: { quoted: `\\"${recordId}\\"` } },
      ],
      rest: { sql: `ORDER BY leaf_index LIMIT ${EVIDENCE_MAX}`, params: {} },
    }),
  );
  const places = bodies.map(({ at }) => ({ logId: CONTROL_LOG_ID, leafIndex: at }));
  const long = places.length > 0 ? await store.query<LeafRow>(leavesStatement(tenant, places)) : [];
  const evidence: EvidenceAnswer[] = [];
  for (const leaf of [...short, ...long]) {
    const body = bodies.find(({ at }) => at === leaf.leafIndex)?.body;
    const proof = await proveRecord(store, leaf);
    evidence.push({ leaf: leaf.leaf, ...(body === undefined ? {} : { body }), proof });
  }
  return evidence;
}
