export type Range = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalMs: number;
  readonly variables: Readonly<Record<string, string>>;
};

/**
 * A query as Grafana's ClickHouse data source sends it: variables by the browser first, then the macros by the plugin's backend.
 * Source: the plugin's documentation and `pkg/macros` (version 4). A wrong number of arguments and an unknown macro are errors.
 */
export function expandMacros(sql: string, range: Range): string {
  const withVariables = sql.replace(
    /\$\{(\w+)(?::(\w+))?\}/g,
    (whole, name: string, format: string | undefined) => variable(whole, name, format, range),
  );
  return expand(withVariables, range);
}

function variable(whole: string, name: string, format: string | undefined, range: Range): string {
  const value = range.variables[name];
  if (value === undefined) throw new Error(`no variable ${name}`);
  if (format === undefined) return value;
  if (format !== 'sqlstring') throw new Error(`format of ${whole} is not known here`);
  return `'${value.replaceAll("'", "''")}'`;
}

function expand(sql: string, range: Range): string {
  const found = /\$__(\w+)/.exec(sql);
  if (!found) return sql;
  const name = found[1] ?? '';
  const macro = macros[name];
  if (!macro) throw new Error(`unknown macro $__${name}`);
  const after = found.index + found[0].length;
  const call = sql[after] === '(' ? argumentsAt(sql, after) : { list: [], end: after };
  if (call.list.length !== macro.count) {
    throw new Error(`$__${name} takes ${macro.count} arguments, not ${call.list.length}`);
  }
  const text = macro.text(call.list, range);
  return sql.slice(0, found.index) + text + expand(sql.slice(call.end), range);
}

/** The arguments of a call whose bracket opens there, parted by the commas outside inner brackets. */
function argumentsAt(sql: string, open: number): { list: readonly string[]; end: number } {
  const list: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let at = open; at < sql.length; at += 1) {
    const character = sql[at];
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if ((character === ',' && depth === 1) || depth === 0) {
      list.push(sql.slice(start, at).trim());
      start = at + 1;
    }
    if (depth === 0) return { list: list.length === 1 && list[0] === '' ? [] : list, end: at + 1 };
  }
  throw new Error('a bracket is not closed');
}

type Macro = {
  readonly count: number;
  readonly text: (list: readonly string[], range: Range) => string;
};

const seconds = (ms: number) => `toDateTime(${Math.floor(ms / 1000)})`;
const milliseconds = (ms: number) => `fromUnixTimestamp64Milli(${ms})`;
const day = (ms: number) => `toDate('${new Date(ms).toISOString().slice(0, 10)}')`;
const between = (column = '', from = '', to = '') => `${column} >= ${from} AND ${column} <= ${to}`;
const intervalSeconds = ({ intervalMs }: Range) => Math.max(1, Math.floor(intervalMs / 1000));

const dateTimeFilter: Macro = {
  count: 2,
  text: ([d, t], { fromMs, toMs }) =>
    `(${between(d, day(fromMs), day(toMs))}) AND (${between(t, seconds(fromMs), seconds(toMs))})`,
};

const macros: Readonly<Record<string, Macro>> = {
  fromTime: { count: 0, text: (_, { fromMs }) => seconds(fromMs) },
  toTime: { count: 0, text: (_, { toMs }) => seconds(toMs) },
  fromTime_ms: { count: 0, text: (_, { fromMs }) => milliseconds(fromMs) },
  toTime_ms: { count: 0, text: (_, { toMs }) => milliseconds(toMs) },
  timeFilter: {
    count: 1,
    text: ([c], { fromMs, toMs }) => between(c, seconds(fromMs), seconds(toMs)),
  },
  timeFilter_ms: {
    count: 1,
    text: ([c], { fromMs, toMs }) => between(c, milliseconds(fromMs), milliseconds(toMs)),
  },
  dateFilter: { count: 1, text: ([c], { fromMs, toMs }) => between(c, day(fromMs), day(toMs)) },
  dateTimeFilter,
  dt: dateTimeFilter,
  timeInterval: {
    count: 1,
    text: ([c = ''], range) =>
      `toStartOfInterval(toDateTime(${c}), INTERVAL ${intervalSeconds(range)} second)`,
  },
  timeInterval_ms: {
    count: 1,
    text: ([c = ''], { intervalMs }) =>
      `toStartOfInterval(toDateTime64(${c}, 3), INTERVAL ${Math.max(1, intervalMs)} millisecond)`,
  },
  interval_s: { count: 0, text: (_, range) => String(intervalSeconds(range)) },
};
