import {
  DenialValues,
  GradeValues,
  OriginValues,
  OutcomeValues,
  RecordKindValues,
  RedactionActionValues,
} from '../../schemas/record-types.ts';
import { quoted } from './fact-select.ts';
import type { Condition } from './statement.ts';
import { microsOfTime } from '../time-text.ts';

/** One filter of the query string: the column it compares, and what may stand in it. */
export type FilterParameter = {
  readonly name: string;
  readonly column: string;
  readonly means: string;
  readonly values?: readonly string[];
  readonly pattern?: string;
  /** True for a column of lists: a record matches when its list has one of the values. */
  readonly isList?: true;
  /** How a record is compared, where it is not by one column's equality. */
  readonly match?: 'value' | RedactionPart;
};

/** The steps of MCP use. */
const stages = ['connection', 'discovery', 'selection', 'construction', 'backend', 'response'];

/** What of an entry of `redactions`, `<class>/<rule>/<action>`, is asked for. */
export type RedactionPart = 'class' | 'rule' | 'action';

/** Filters by which records are searched, counted and charged. A value given twice means either. */
export const filterParameters: readonly FilterParameter[] = [
  { name: 'user', column: 'user', means: 'who asked: a name as typed, or a principal id (p_…)' },
  { name: 'agent', column: 'agent', means: 'the innermost agent that acted' },
  { name: 'server', column: 'server', means: 'the MCP server' },
  { name: 'tool', column: 'tool', means: 'the tool' },
  { name: 'outcome', column: 'outcome', means: 'what became of it', values: OutcomeValues },
  { name: 'grade', column: 'grade', means: "the chain's grade", values: GradeValues },
  { name: 'team', column: 'team', means: 'the team that bears the cost' },
  { name: 'method', column: 'method', means: 'the MCP method, e.g. tools/call' },
  { name: 'kind', column: 'kind', means: 'the kind of record', values: RecordKindValues },
  { name: 'model', column: 'model', means: 'the model' },
  { name: 'origin', column: 'origin', means: 'why the call was made', values: OriginValues },
  { name: 'conversation', column: 'conversation', means: 'the conversation id' },
  { name: 'session', column: 'session', means: 'the MCP session, as its keyed hash (s_…)' },
  { name: 'deniedBy', column: 'denied_by', means: 'what denied it', values: DenialValues },
  { name: 'toolCall', column: 'tool_call_id', means: "the model's id of the tool call" },
  {
    name: 'stage',
    column: 'stages',
    isList: true,
    means: 'a stage of MCP use that it shows',
    values: stages,
  },
  { name: 'flag', column: 'flags', isList: true, means: 'one of its flags' },
  { name: 'missing', column: 'missing', isList: true, means: 'a link or hop that is missing' },
  {
    name: 'wanted',
    column: 'flags',
    means: 'whether a turn of a person or an approval was seen for the call',
    values: ['seen', 'not_seen'],
  },
  {
    name: 'mcp',
    column: 'flags',
    means: "whether an MCP side of the call was seen, or an agent's own word of its tool alone",
    values: ['seen', 'not_seen'],
  },
  {
    name: 'trace',
    column: 'trace_id',
    means: 'the home trace: 32 hex digits',
    pattern: '^[0-9a-f]{32}$',
  },
  {
    name: 'value',
    column: 'tokens',
    means:
      'a person or a value that redaction replaced, as typed: looked for by its tokens under all key versions; or a token',
    match: 'value',
    pattern: '\\S',
  },
  {
    name: 'redactedClass',
    column: 'redactions',
    means: 'a class of data that redaction found, e.g. email',
    match: 'class',
    pattern: '^[a-z_]+$',
  },
  {
    name: 'redactionRule',
    column: 'redactions',
    means: 'the rule that found it, e.g. own:employee-number',
    match: 'rule',
    pattern: '\\S',
  },
  {
    name: 'redactionAction',
    column: 'redactions',
    means: 'what redaction did',
    match: 'action',
    values: RedactionActionValues,
  },
];

/** What charges can be asked by: the columns that a charge repeats of its record. */
export const chargeFilterParameters: readonly FilterParameter[] = [
  ...filterParameters.filter(({ name }) =>
    ['user', 'agent', 'server', 'tool', 'team', 'kind', 'model'].includes(name),
  ),
  { name: 'meter', column: 'meter', means: 'what is counted, e.g. input_tokens' },
];

/** Values of one filter; any of them matches. An empty value matches what is not known. */
export type GivenFilter = { readonly parameter: string; readonly values: readonly string[] };

export type TimeRange = {
  /** Inclusive, microseconds since the epoch. */
  readonly fromUs: number;
  /** Exclusive. */
  readonly toUs: number;
};

export type RangeLimits = {
  /** Days before now that are asked when `from` is absent. */
  readonly rangeDaysDefault: number;
  readonly rangeDaysMax: number;
};

/** Conditions of the filters: values bound, never spliced. */
export function filterConditions(
  parameters: readonly FilterParameter[],
  given: readonly GivenFilter[],
): readonly Condition[] {
  return given.map(({ parameter, values }) => {
    const known = parameters.find(({ name }) => name === parameter);
    if (!known) throw new Error(`${parameter} is no filter.`);
    if (known.column === 'trace_id') return traceCondition(values[0] ?? '');
    const seen = flagsSeen.get(parameter);
    if (seen !== undefined) return seenCondition(seen, values);
    if (known.isList) return listCondition(known, values);
    if (known.match) return matchCondition(known.match, parameter, values);
    const sql = `${quoted(known.column)} IN {${parameter}:Array(String)}`;
    return { sql, params: { [parameter]: values } };
  });
}

function listCondition({ name, column }: FilterParameter, values: readonly string[]): Condition {
  const has = `hasAny(${quoted(column)}, {${name}:Array(String)})`;
  const sql = values.includes('') ? `(empty(${quoted(column)}) OR ${has})` : has;
  return { sql, params: { [name]: values } };
}

/** What shows a call's side in question: a turn of a person above it or an approval; a span that says MCP. */
const flagsSeen: ReadonlyMap<string, string> = new Map([
  ['wanted', `hasAny(flags, ['user_turn_seen', 'approval_seen'])`],
  ['mcp', `NOT has(flags, 'no_mcp_seen')`],
]);

/** Calls of which it was seen, or was not: no other record has it. */
function seenCondition(seen: string, values: readonly string[]): Condition {
  const asked = new Set(values);
  if (asked.size > 1) return { sql: `kind = 'call'`, params: {} };
  return { sql: `kind = 'call' AND ${asked.has('seen') ? seen : `NOT (${seen})`}`, params: {} };
}

// Bloom filters on `tokens` spare the granules without any of them; a person is also who asked.
function matchCondition(
  match: NonNullable<FilterParameter['match']>,
  parameter: string,
  values: readonly string[],
): Condition {
  const asked = `{${parameter}:Array(String)}`;
  const sql =
    match === 'value'
      ? `hasAny(tokens, ${asked}) OR ${quoted('user')} IN ${asked} OR on_behalf_of IN ${asked}`
      : `arrayExists(entry -> has(${asked}, ${partOf('entry', match)}), redactions)`;
  return { sql, params: { [parameter]: values } };
}

/** A part of an entry of `redactions`. A rule may have a slash in it, a class and an action have none. */
export function partOf(entry: string, part: RedactionPart): string {
  const parts = `splitByChar('/', ${entry})`;
  if (part === 'class') return `${parts}[1]`;
  if (part === 'action') return `${parts}[-1]`;
  return `arrayStringConcat(arraySlice(${parts}, 2, -1), '/')`;
}

/** One home trace; a bloom filter on the column spares the granules without it. */
export function traceCondition(traceId: string): Condition {
  return {
    sql: 'trace_id = toFixedString(unhex({trace:String}), 16)',
    params: { trace: traceId },
  };
}

/** A half-open window of records' time. Fast because the sort key is (tenant, time). */
export function timeCondition({ fromUs, toUs }: TimeRange): Condition {
  return {
    sql:
      `time >= fromUnixTimestamp64Micro({fromUs:Int64}, 'UTC') ` +
      `AND time < fromUnixTimestamp64Micro({toUs:Int64}, 'UTC')`,
    params: { fromUs, toUs },
  };
}

const DAY_US = 86_400_000_000;
/** A record's time may lie as much after its append: a window that ends "now" must hold it. */
const AHEAD_US = 10 * 60_000_000;

/** The window asked for; a mistake is a sentence. Absent bounds end shortly after now and begin the default days before the end. */
export function readTimeRange(
  asked: { readonly from?: string | undefined; readonly to?: string | undefined },
  nowUs: number,
  limits: RangeLimits,
): TimeRange | string {
  const toUs = asked.to === undefined ? nowUs + AHEAD_US : microsOfTime(asked.to);
  if (toUs === undefined) return 'to is no time such as 2026-11-21T06:00:00Z';
  const fromUs =
    asked.from === undefined ? toUs - limits.rangeDaysDefault * DAY_US : microsOfTime(asked.from);
  if (fromUs === undefined) return 'from is no time such as 2026-11-21T06:00:00Z';
  if (fromUs >= toUs) return 'from is not before to';
  if (toUs - fromUs > limits.rangeDaysMax * DAY_US) {
    return `from … to is longer than ${limits.rangeDaysMax} days`;
  }
  return { fromUs, toUs };
}
