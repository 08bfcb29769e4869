import type { RecordStore } from '../../record-store/clickhouse.ts';
import type { RetentionPart, RetentionPolicy } from '../../registry/retention-policy.ts';
import { before, ceilingOf } from '../../registry/retention-policy.ts';
import { ANNEX_FIELD } from '../leaf.ts';

export type DueQuestion = {
  readonly tenant: string;
  readonly policy: RetentionPolicy;
  /** Periods are counted back from it, milliseconds since the epoch. */
  readonly nowMs: number;
  /** Principals on hold: nothing that names one is due. */
  readonly held: readonly string[];
};

export type DueTraces = {
  /** In order. */
  readonly due: readonly string[];
  /** How many are past their time and on hold. */
  readonly held: number;
  /** Where to go on; undefined behind the last. */
  readonly next: string | undefined;
};

type TraceRow = {
  readonly trace: string;
  readonly youngestMs: number;
  readonly classes: readonly string[];
  readonly isHeld: 0 | 1;
};

/** Home traces looked at in one question, and the most that one round takes. */
const TRACES_MAX = 500;

/**
 * Of the next home traces behind `after` that still have values, those whose values are past their time. A trace has one key, so that its values go together:
 * counted from its youngest record, by the classes of all of its records.
 */
export async function dueTraces(
  store: RecordStore,
  question: DueQuestion,
  after: string,
): Promise<DueTraces> {
  const latestMs = latestCutoff(question, 'payload');
  if (latestMs === undefined) return { due: [], held: 0, next: undefined };
  const { tenant, policy, held } = question;
  const { sql: classes, params } = classesSql(policy);
  const rows = await store.query<TraceRow>({
    sql: `SELECT lower(hex(trace_id)) AS trace, toUnixTimestamp64Milli(max(append_time)) AS youngestMs,
        groupUniqArrayArray(${classes}) AS classes,
        max(has({held:Array(String)}, user) OR has({held:Array(String)}, on_behalf_of)) AS isHeld
      FROM waybill.records WHERE tenant = {tenant:String} AND sign = 1 AND trace_id IN (
        SELECT trace_id FROM waybill.records WHERE tenant = {tenant:String} AND sign = 1
          AND append_time < fromUnixTimestamp64Milli({latestMs:Int64})
          AND (log_id, leaf_index) IN (SELECT log_id, leaf_index FROM waybill.payloads
            WHERE tenant = {tenant:String} AND field != {annex:String}))
      GROUP BY trace_id HAVING trace > {after:String} ORDER BY trace LIMIT {most:UInt32}`,
    params: { ...params, tenant, held, latestMs, after, annex: ANNEX_FIELD, most: TRACES_MAX },
  });
  const past = rows.filter((row) => isPast(question, row));
  return {
    due: past.filter(({ isHeld }) => isHeld === 0).map(({ trace }) => trace),
    held: past.filter(({ isHeld }) => isHeld !== 0).length,
    next: rows.length < TRACES_MAX ? undefined : rows.at(-1)?.trace,
  };
}

function isPast({ policy, nowMs }: DueQuestion, { youngestMs, classes }: TraceRow): boolean {
  const ceiling = ceilingOf(policy, 'payload', classes);
  return ceiling !== null && youngestMs < before(nowMs, ceiling);
}

/** The latest moment before which anything can be due; undefined where all is kept without end. */
function latestCutoff({ policy, nowMs }: DueQuestion, part: RetentionPart): number | undefined {
  const own = policy.classes.map((one) => one[part].ceiling).filter((one) => one !== null);
  const cutoffs = own.map((ceiling) => before(nowMs, ceiling));
  return cutoffs.length === 0 ? undefined : Math.max(...cutoffs);
}

/** The classes of a row of `records`, as SQL. Every word of the policy is a parameter. */
export function classesSql(policy: RetentionPolicy): {
  readonly sql: string;
  readonly params: Readonly<Record<string, unknown>>;
} {
  const params: Record<string, unknown> = { byDefault: policy.default };
  const columns = { servers: 'server', kinds: 'kind', regions: 'data_region' } as const;
  const matched = policy.rules.map((rule, at) => {
    params[`class${at}`] = rule.class;
    const conditions = (['servers', 'kinds', 'regions'] as const).flatMap((member) => {
      if (rule[member] === null) return [];
      params[`${member}${at}`] = rule[member];
      return [`has({${member}${at}:Array(String)}, toString(${columns[member]}))`];
    });
    if (rule.dataClasses !== null) {
      params[`data${at}`] = rule.dataClasses;
      conditions.push(
        `hasAny({data${at}:Array(String)}, arrayMap(c -> toString(c), data_classes))`,
      );
    }
    return `if(${conditions.join(' AND ') || '1'}, [{class${at}:String}], [])`;
  });
  const some = `arrayConcat(emptyArrayString(), ${matched.join(', ') || 'emptyArrayString()'})`;
  return { sql: `if(empty(${some}), {byDefault:Array(String)}, ${some})`, params };
}
