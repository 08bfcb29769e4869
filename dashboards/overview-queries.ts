/** What a panel asks of ClickHouse. `series`: the first column is the time; `table`: rows as they stand. */
export type PanelQuery = { readonly shape: 'series' | 'table'; readonly sql: string };

// Every count is `sum(sign)`: a revision takes the record that it supersedes back with a row of sign −1 that repeats all its columns, so
// that sums are right over any filter. `count()` would count both.
const inWindow = 'tenant = ${tenant:sqlstring} AND $__timeFilter(time)';
const calls = `${inWindow} AND kind = 'call'`;

export const tenantsSql = 'SELECT DISTINCT tenant FROM waybill.records ORDER BY tenant';

/** The queries of the overview, by panel. Sorted by tenant and time as the tables are, each reads its window only. */
export const overviewQueries = {
  calls: {
    shape: 'table',
    sql: `SELECT sum(sign) AS calls FROM waybill.records WHERE ${calls}`,
  },
  unattributed: {
    shape: 'table',
    sql: `SELECT sumIf(sign, user = '') AS calls FROM waybill.records WHERE ${calls}`,
  },
  denied: {
    shape: 'table',
    sql: `SELECT sumIf(sign, outcome = 'denied') AS calls FROM waybill.records WHERE ${calls}`,
  },
  // Silence and lag look alike here: how old is the newest record that can be asked for?
  newestRecordAge: {
    shape: 'table',
    sql: `SELECT if(max(append_time) = 0, NULL, dateDiff('second', max(append_time), now64(6, 'UTC'))) AS seconds
FROM waybill.records WHERE ${inWindow}`,
  },
  outcomesOverTime: {
    shape: 'series',
    sql: `SELECT $__timeInterval(time) AS bucket, outcome, sum(sign) AS calls
FROM waybill.records WHERE ${calls}
GROUP BY bucket, outcome HAVING calls > 0 ORDER BY bucket, outcome`,
  },
  outcomes: {
    shape: 'table',
    sql: `SELECT outcome, sum(sign) AS calls FROM waybill.records WHERE ${calls}
GROUP BY outcome HAVING calls > 0 ORDER BY calls DESC, outcome`,
  },
  grades: {
    shape: 'table',
    sql: `SELECT grade, sum(sign) AS calls FROM waybill.records WHERE ${calls}
GROUP BY grade HAVING calls > 0 ORDER BY calls DESC, grade`,
  },
  topTools: {
    shape: 'table',
    sql: `SELECT server, tool, sum(sign) AS calls,
  sumIf(sign, outcome IN ('tool_error', 'protocol_error', 'timed_out')) AS failed,
  sumIf(sign, outcome = 'denied') AS denied
FROM waybill.records WHERE ${calls}
GROUP BY server, tool HAVING calls > 0 ORDER BY calls DESC, server, tool LIMIT 20`,
  },
  // In units of the currency; amounts are kept in billionths. Unpriced use has no amount and is in a panel of its own.
  costByTeam: {
    shape: 'table',
    sql: `SELECT if(team = '', '(no team)', team) AS team_name, currency, sum(sign * amount_nano) / 1e9 AS cost
FROM waybill.charges WHERE ${inWindow} AND amount_nano IS NOT NULL
GROUP BY team_name, currency HAVING sum(sign) > 0 ORDER BY cost DESC, team_name, currency`,
  },
  costOverTime: {
    shape: 'series',
    sql: `SELECT $__timeInterval(time) AS bucket, concat(if(team = '', '(no team)', team), ' ', currency) AS series,
  sum(sign * amount_nano) / 1e9 AS cost
FROM waybill.charges WHERE ${inWindow} AND amount_nano IS NOT NULL
GROUP BY bucket, series HAVING sum(sign) > 0 ORDER BY bucket, series`,
  },
  unpriced: {
    shape: 'table',
    sql: `SELECT sku, meter, unit, sum(sign * quantity) AS used
FROM waybill.charges WHERE ${inWindow} AND source = 'unpriced'
GROUP BY sku, meter, unit HAVING sum(sign) > 0 ORDER BY used DESC, sku, meter LIMIT 50`,
  },
  // Not observed is not unused: nothing here proves that the server's telemetry reaches us.
  serversWithoutCalls: {
    shape: 'table',
    sql: `SELECT name AS server, team, status
FROM waybill.registry
WHERE tenant = \${tenant:sqlstring} AND kind = 'server' AND status NOT IN ('decommissioned', 'revoked')
  AND version = (SELECT max(version) FROM waybill.registry WHERE tenant = \${tenant:sqlstring})
  AND name NOT IN (SELECT server FROM waybill.records WHERE ${calls} GROUP BY server HAVING sum(sign) > 0)
ORDER BY name`,
  },
} as const satisfies Readonly<Record<string, PanelQuery>>;
