import type { EventLog } from '../../../event-log/event-log.ts';
import { metaLogId } from '../../../ledger/read-checkpoint.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import type { AuditRecord } from '../../../schemas/record-types.ts';
import { topics } from '../../../schemas/topics.ts';
import type { ExpectedLeaf, KeyOf, Row } from './expected-rows.ts';
import { leafMaker, rowText } from './expected-rows.ts';
import type { Problems } from './problems.ts';
import { readTopic } from './read-topic.ts';

type Checked = { readonly store: RecordStore; readonly problems: Problems };

export type StoreFigures = {
  readonly leaves: number;
  readonly rows: number;
  readonly payloads: number;
};

export type StoreCheck = {
  /** What was sealed since the last check, and all that the store holds. Gives the figures of all. */
  check(): Promise<StoreFigures>;
};

/** One check of everything. */
export function checkStore(log: EventLog, options: CheckOptions): Promise<StoreFigures> {
  return openStoreCheck(log, options).check();
}

type CheckOptions = Checked & {
  readonly keyOf: KeyOf;
  /** Told of each record that is looked at. */
  readonly onRecord?: (record: AuditRecord) => void;
};

type LogCheck = {
  readonly logId: string;
  readonly partition: number;
  readonly makeLeaf: ReturnType<typeof leafMaker>;
  readonly latest: Map<string, AuditRecord>;
  offset: number;
};

/**
 * The store against the records of the log: each has one leaf, byte for byte, at its dense index, and exactly the rows that follow from it;
 * and nothing else is there. The log's own records are held to be once each, revision after revision.
 */
export function openStoreCheck(log: EventLog, options: CheckOptions): StoreCheck {
  const { store, problems, keyOf, onRecord } = options;
  const sum = { leaves: 0, rows: 0, payloads: 0 };
  const logs = Array.from({ length: log.partitions }, (_, partition): LogCheck => {
    const logId = `records/p${partition}/e0`;
    return { logId, partition, makeLeaf: leafMaker(logId, keyOf), latest: new Map(), offset: 0 };
  });
  const checkLog = async (own: LogCheck): Promise<void> => {
    const { logId, partition, makeLeaf, latest, offset } = own;
    for await (const messages of readTopic(log, topics.records, partition, undefined, offset)) {
      const expected: ExpectedLeaf[] = [];
      for (const message of messages) expected.push(await makeLeaf(message));
      for (const { record } of expected) {
        onRecord?.(record);
        checkRevision(latest, record, problems);
      }
      await compareLeaves({ store, problems }, logId, expected);
      await compareRows({ store, problems }, logId, expected);
      own.offset = (messages.at(-1)?.offset ?? offset) + 1;
      sum.leaves += expected.length;
      for (const { rows, payloads } of expected) {
        sum.rows += rows.length;
        sum.payloads += payloads;
      }
    }
  };
  return {
    async check() {
      for (const own of logs) await checkLog(own);
      await checkDense({ store, problems });
      await checkTotals({ store, problems }, sum);
      return { ...sum };
    },
  };
}

/** A call's records are numbered without a gap, and each takes back exactly what the one before said. */
function checkRevision(
  latest: Map<string, AuditRecord>,
  record: AuditRecord,
  problems: Problems,
): void {
  const before = latest.get(record.callId);
  latest.set(record.callId, record);
  if (record.revision !== (before ? before.revision + 1 : 0)) {
    problems.add('A record is there twice or missing', record.recordId);
  }
  const { recordId, facts, charges } = before ?? {};
  const { supersedes } = record;
  const expected = JSON.stringify(before ? { recordId, facts, charges } : null);
  const said = supersedes && {
    recordId: supersedes.recordId,
    facts: supersedes.facts,
    charges: supersedes.charges,
  };
  if (JSON.stringify(said) !== expected) {
    problems.add('A record does not supersede the one before it', record.recordId);
  }
}

type StoredLeaf = {
  readonly leaf_index: number;
  readonly seq: number;
  readonly call: string;
  readonly revision: number;
  readonly leaf: string;
  readonly hash: string;
};

async function compareLeaves(
  { store, problems }: Checked,
  logId: string,
  expected: readonly ExpectedLeaf[],
): Promise<void> {
  const stored = await store.query<StoredLeaf>({
    sql: `SELECT leaf_index, seq, lower(hex(call_id)) AS call, revision, leaf, lower(hex(leaf_hash)) AS hash
      FROM waybill.leaves WHERE log_id = {log:String} AND leaf_index >= {from:UInt64} AND leaf_index < {to:UInt64}
      ORDER BY leaf_index`,
    params: range(logId, expected),
  });
  if (stored.length !== expected.length) {
    problems.add('Leaves are not the records', `${logId}: ${stored.length} of ${expected.length}`);
  }
  for (const [at, { index, seq, record, leaf, hash }] of expected.entries()) {
    const found = stored[at];
    const place = `${logId} ${index} ${record.recordId}`;
    if (!found || found.leaf_index !== index) problems.add('A leaf is missing', place);
    else if (found.leaf !== leaf || found.hash !== hash) problems.add('A leaf differs', place);
    else if (
      found.seq !== seq ||
      found.call !== record.callId ||
      found.revision !== record.revision
    ) {
      problems.add('A leaf is labelled wrongly', place);
    }
  }
}

async function compareRows(
  { store, problems }: Checked,
  logId: string,
  expected: readonly ExpectedLeaf[],
): Promise<void> {
  const stored = await store.query<Row>({
    sql: `SELECT r.leaf_index AS index, r.sign AS sign, kind, lower(hex(r.call_id)) AS callId, revision, user, agent,
        server, tool, outcome, grade, hops, c.charges AS charges, toString(c.amount) AS amountNano
      FROM waybill.records AS r LEFT JOIN (
        SELECT leaf_index, sign, count() AS charges, sum(ifNull(amount_nano, 0)) AS amount FROM waybill.charges
        WHERE log_id = {log:String} AND leaf_index >= {from:UInt64} AND leaf_index < {to:UInt64}
        GROUP BY leaf_index, sign) AS c ON c.leaf_index = r.leaf_index AND c.sign = r.sign
      WHERE r.log_id = {log:String} AND r.leaf_index >= {from:UInt64} AND r.leaf_index < {to:UInt64}
      ORDER BY r.leaf_index, r.sign`,
    params: range(logId, expected),
  });
  const texts = stored.map(rowText);
  const wanted = expected.flatMap(({ rows }) => rows);
  const have = new Set(texts);
  const want = new Set(wanted);
  for (const row of want) if (!have.has(row)) problems.add('A row is missing', `${logId} ${row}`);
  for (const row of have) if (!want.has(row)) problems.add('A row is too many', `${logId} ${row}`);
  if (texts.length !== have.size) problems.add('A row is there twice', logId);
}

function range(logId: string, expected: readonly ExpectedLeaf[]) {
  const from = expected[0]?.index ?? 0;
  return { log: logId, from, to: from + expected.length };
}

/** Each log, that of control events too, has its indexes without a gap and each record or event once. */
async function checkDense({ store, problems }: Checked): Promise<void> {
  type Dense = { log: string; leaves: number; indexes: number; size: number; records: number };
  const logs = await store.query<Dense>({
    sql: `SELECT log_id AS log, count() AS leaves, uniqExact(leaf_index) AS indexes, max(leaf_index) + 1 AS size,
        uniqExact(call_id, revision) AS records
      FROM waybill.leaves GROUP BY log_id`,
  });
  for (const { log, leaves, indexes, size, records } of logs) {
    // A head or a policy whose publishing was cut off is told again, and is sealed again: it says the same.
    const isOnce = log === metaLogId || leaves === records;
    if (leaves === indexes && leaves === size && isOnce) continue;
    const detail = `${leaves} leaves, ${indexes} indexes, size ${size}, ${records} records`;
    problems.add('A log is not dense', `${log}: ${detail}`);
  }
}

async function checkTotals({ store, problems }: Checked, expected: StoreFigures): Promise<void> {
  const [totals] = await store.query<StoreFigures & { fields: number }>({
    sql: `SELECT count() AS leaves, (SELECT count() FROM waybill.records) AS rows,
        (SELECT count() FROM waybill.payloads WHERE log_id LIKE 'records/%') AS payloads,
        (SELECT uniqExact(log_id, leaf_index, field) FROM waybill.payloads WHERE log_id LIKE 'records/%') AS fields
      FROM waybill.leaves WHERE log_id LIKE 'records/%'`,
  });
  const { leaves, rows, payloads } = expected;
  const wanted = JSON.stringify({ leaves, rows, payloads, fields: payloads });
  const found = JSON.stringify(totals);
  if (found !== wanted)
    problems.add('The store holds other than the log', `${found}, not ${wanted}`);
  // Control events too have payloads: the bodies that are too large for their leaves.
  const doubled = await store.query<{ log: string; payloads: number }>({
    sql: `SELECT log_id AS log, count() AS payloads FROM waybill.payloads
      GROUP BY log_id HAVING payloads != uniqExact(leaf_index, field)`,
  });
  for (const { log, payloads } of doubled) {
    problems.add('A payload is there twice', `${log}: ${payloads} rows`);
  }
}
