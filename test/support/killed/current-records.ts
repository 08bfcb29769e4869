import type { EventLog } from '../../../event-log/event-log.ts';
import type { RecordStore } from '../../../record-store/clickhouse.ts';
import { topics } from '../../../schemas/topics.ts';
import type { Sent } from './check-buckets.ts';
import type { Problems } from './problems.ts';
import { readTopic } from './read-topic.ts';
import { planChunk } from './requests.ts';

/** A current record as a reader of the store finds it: what must not depend on how its spans came. */
export type CurrentRecord = {
  readonly kind: string;
  readonly trace: string;
  readonly tool: string;
  readonly server: string;
  readonly user: string;
  readonly agent: string;
  readonly gateway: string;
  readonly outcome: string;
  readonly deniedBy: string;
  readonly grade: string;
  readonly hops: number;
  readonly time: string;
  readonly missing: readonly string[];
  readonly flags: readonly string[];
  readonly dataClasses: readonly string[];
  readonly model: string;
  readonly charges: readonly string[];
};

/** Records that nothing has superseded, with their charges; and holds that sums by sign count the same. */
export async function readCurrent(
  store: RecordStore,
  problems: Problems,
): Promise<readonly CurrentRecord[]> {
  const found = await store.query<Omit<CurrentRecord, 'charges'> & { id: string }>({
    sql: `SELECT concat(hex(call_id), '.', toString(revision)) AS id, kind, lower(hex(trace_id)) AS trace, tool, server, user,
        agent, gateway, outcome, denied_by AS deniedBy, grade, hops, toString(time) AS time, missing, arraySort(flags) AS flags,
        data_classes AS dataClasses, model
      FROM waybill.records
      WHERE sign = 1 AND (call_id, revision) NOT IN (SELECT call_id, revision FROM waybill.records WHERE sign = -1)`,
  });
  const [sums] = await store.query<{ records: number }>({
    sql: 'SELECT sum(sign) AS records FROM waybill.records',
  });
  if (sums?.records !== found.length) {
    problems.add('Sums by sign count otherwise', `${sums?.records}, not ${found.length}`);
  }
  const charges = await readCharges(store);
  return found.map(({ id, ...record }) => ({ ...record, charges: charges.get(id) ?? [] }));
}

async function readCharges(store: RecordStore): Promise<ReadonlyMap<string, readonly string[]>> {
  const charges = await store.query<{ id: string; lines: readonly string[] }>({
    sql: `SELECT concat(hex(call_id), '.', toString(revision)) AS id, arraySort(groupArray(line)) AS lines FROM (
        SELECT call_id, revision, sum(sign) AS left,
          concat(meter, ' ', toString(quantity), ' ', unit, ' ', sku, ' ', price_id, ' ', currency, ' ',
            ifNull(toString(amount_nano), 'unknown'), ' ', source) AS line
        FROM waybill.charges GROUP BY call_id, revision, line HAVING left <> 0)
      GROUP BY call_id, revision`,
  });
  return new Map(charges.map(({ id, lines }) => [id, lines]));
}

/** The current calls against those that were made: each once, and as its maker knows it. */
export function checkPlanned(
  current: readonly CurrentRecord[],
  sent: readonly Sent[],
  problems: Problems,
): void {
  const planned = sent.flatMap(({ traffic, chunks }) =>
    Array.from({ length: chunks }, (_, index) => planChunk(traffic, index).calls)
      .flat()
      .map(
        ({ traceId, tool, server, agent, outcome, hops }) =>
          `${traceId} ${tool} on ${server} by ${agent}: ${outcome}, ${hops} hops`,
      ),
  );
  const calls = current
    .filter(({ kind }) => kind === 'call')
    .map(
      ({ trace, tool, server, agent, outcome, hops }) =>
        `${trace} ${tool} on ${server} by ${agent}: ${outcome}, ${hops} hops`,
    );
  compareBags('call', { found: calls, expected: planned }, problems);
}

/** The current records of two runs of the same traffic. */
export function checkAlike(
  current: readonly CurrentRecord[],
  undisturbed: readonly CurrentRecord[],
  problems: Problems,
): void {
  const found = current.map((record) => JSON.stringify(record));
  const expected = undisturbed.map((record) => JSON.stringify(record));
  compareBags('current record of the undisturbed run', { found, expected }, problems);
}

/** Everybody whom a record names by a principal id is known to the directory. */
export async function checkNames(
  log: EventLog,
  current: readonly CurrentRecord[],
  problems: Problems,
): Promise<void> {
  const known = new Set<string>();
  for await (const messages of readTopic(log, topics.directory, 0)) {
    for (const { key, value } of messages) if (value !== null) known.add(key ?? '');
  }
  for (const user of new Set(current.map((record) => record.user))) {
    if (user === '') problems.add('A call has no user', 'each was sent with one');
    else if (!known.has(`default/${user}`)) problems.add('A person has no name', user);
  }
}

function compareBags(
  what: string,
  { found, expected }: { readonly found: readonly string[]; readonly expected: readonly string[] },
  problems: Problems,
): void {
  const counts = new Map<string, number>();
  for (const text of expected) counts.set(text, (counts.get(text) ?? 0) + 1);
  for (const text of found) counts.set(text, (counts.get(text) ?? 0) - 1);
  for (const [text, missing] of counts) {
    if (missing > 0) problems.add(`A ${what} is missing`, text);
    if (missing < 0) problems.add(`A ${what} is too many`, text);
  }
}
