import type { RecordStore } from '../../record-store/clickhouse.ts';
import { StoreError } from '../../record-store/errors.ts';
import { FRONT, SHARD } from '../../record-store/layout.ts';
import { readTreeNodes } from '../../record-store/tree-nodes.ts';
import { consistencyNodes, makeConsistencyProof } from '../../integrity/tree-proof.ts';
import type { VerifierKey } from '../../integrity/verifier-key.ts';
import { verifyConsistency } from '../../integrity/verify-tree-proof.ts';
import type { AuditDraft } from './findings.ts';
import type { TrustedHead } from './log-audit.ts';
import { openHead } from './open-head.ts';

type Store = Pick<RecordStore, 'query'>;

/** A log as the auditor saw it last; undefined before. */
export type WatchedLog = {
  readonly logId: string;
  readonly keys: readonly VerifierKey[];
  readonly last: TrustedHead | undefined;
};

/**
 * The newest head of a log, once it is signed and the tree only grew to it since the last look. Undefined where there is none to trust; what is wrong with it is
 * a finding.
 */
export async function watchHead(
  store: Store,
  draft: AuditDraft,
  { logId, keys, last }: WatchedLog,
): Promise<TrustedHead | undefined> {
  const [row] = await store.query<{ size: number; note: string }>({
    sql: `SELECT size, note FROM waybill.checkpoints WHERE log_id = {log:String} ORDER BY size DESC LIMIT 1`,
    params: { log: logId },
  });
  if (row === undefined) {
    if (last !== undefined) draft.add('HEAD_MISSING', logId, last.size, 'all heads are gone');
    return undefined;
  }
  draft.counts.heads += 1;
  const head = await openHead(row.note, keys);
  if (head === undefined) draft.add('HEAD_UNSIGNED', logId, row.size);
  else if (last !== undefined && head.size < last.size) draft.add('HEAD_MISSING', logId, last.size);
  else if (await grew(store, draft, logId, { last, head })) return head;
  return undefined;
}

async function grew(
  store: Store,
  draft: AuditDraft,
  logId: string,
  { last, head }: { readonly last: TrustedHead | undefined; readonly head: TrustedHead },
): Promise<boolean> {
  if (last === undefined) return true;
  if (head.size === last.size) {
    if (head.root === last.root) return true;
    draft.add('HEAD_FORKED', logId, head.size);
    return false;
  }
  try {
    const { size } = head;
    const readNode = await readTreeNodes(store, { logId, size }, consistencyNodes(last.size, size));
    const proof = makeConsistencyProof(last.size, size, readNode);
    const oldRoot = Buffer.from(last.root, 'hex');
    const claim = { oldSize: last.size, oldRoot, size, root: Buffer.from(head.root, 'hex') };
    if (verifyConsistency(claim, proof)) return true;
    // Told of the head that is believed: each round meets another newest one, and would tell it anew.
    draft.add('HEAD_ROOT_DIFFERS', logId, last.size, 'what came since is not grown from it');
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'STORE_HASHES_MISSING') throw error;
    draft.add('NODE_MISSING', logId, last.size, 'a hash of the growth from it');
  }
  return false;
}

/** That no leaf is gone or there twice: a dropped part shows at once, wherever it was. Heads are read before, since leaves are there before their head. */
export async function watchCounts(
  store: Store,
  draft: AuditDraft,
  heads: ReadonlyMap<string, TrustedHead>,
): Promise<void> {
  const rows = await store.query<{ logId: string; n: number; end: number }>({
    sql: `SELECT log_id AS logId, count() AS n, max(leaf_index) + 1 AS end FROM waybill.leaves GROUP BY log_id`,
  });
  const counted = new Map(rows.map((row) => [row.logId, row]));
  for (const logId of new Set([...counted.keys(), ...heads.keys()])) {
    const { n, end } = counted.get(logId) ?? { n: 0, end: 0 };
    const whole = Math.max(end, heads.get(logId)?.size ?? 0);
    // How many, not of how many: a log grows on, and nothing is to be told twice.
    if (n < whole) draft.add('LEAF_MISSING', logId, null, `${whole - n} leaves`);
    if (n > whole) draft.add('LEAF_DOUBLED', logId, null, `${n - whole} leaves`);
  }
}

/** Statements that change or delete rows. Payloads are deleted by the eraser: one that is missing without a word is found by its leaf. */
export async function watchMutations(store: Store, draft: AuditDraft): Promise<void> {
  const rows = await store.query<{ table: string; id: string; command: string }>({
    sql: `SELECT table, mutation_id AS id, command FROM system.mutations
      WHERE database IN ({front:String}, {shard:String}) ORDER BY create_time`,
    params: { front: FRONT, shard: SHARD },
  });
  for (const { table, id, command } of rows) {
    const kind = /^\W*(UPDATE|DELETE)\b/i.exec(command)?.[1]?.toUpperCase();
    if (kind === undefined || (kind === 'DELETE' && table === 'payloads')) continue;
    draft.add('STORE_MUTATED', '', null, `${table}: ${kind} (${id})`);
  }
}

/** Who may change what is kept. */
export type KnownUsers = {
  /** Administrators of the store. */
  readonly trustedUsers: readonly string[];
  /** Before the names of the store's own users. */
  readonly userPrefix: string;
};

/** What gives no way to change a row, or lets nobody in. */
const harmless =
  /^(SELECT|SHOW|CHECK|dictGet|displaySecretsInShowAndSelect|TABLE ENGINE|REMOTE|SYSTEM FLUSH)/;

/** Rights to change what is kept, beyond those that the store's own users have: names that end as theirs do are nobody's. */
export async function watchGrants(
  store: Store,
  draft: AuditDraft,
  { trustedUsers, userPrefix }: KnownUsers,
): Promise<void> {
  const own = (user: string): string => `${userPrefix}${user}`;
  const rows = await store.query<{ user: string; type: string; database: string; table: string }>({
    sql: `SELECT ifNull(user_name, role_name) AS user, access_type AS type, ifNull(database, '*') AS database,
        ifNull(table, '*') AS table FROM system.grants
      WHERE is_partial_revoke = 0 AND (database IS NULL OR database IN ({front:String}, {shard:String}))`,
    params: { front: FRONT, shard: SHARD },
  });
  for (const { user, type, database, table } of rows) {
    if (harmless.test(type) || trustedUsers.includes(user) || user === own('migrator')) continue;
    if (user === own('writer') && type === 'INSERT' && database !== '*') continue;
    if (user === own('eraser') && type === 'ALTER DELETE' && table === 'payloads') continue;
    if (user === 'default' && type.startsWith('SYSTEM LISTEN')) continue;
    draft.add('GRANT_UNEXPECTED', '', null, `${user}: ${type} ON ${database}.${table}`);
  }
}
