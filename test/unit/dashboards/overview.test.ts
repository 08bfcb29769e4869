import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildOverview } from '../../../dashboards/overview.ts';
import { overviewQueries } from '../../../dashboards/overview-queries.ts';
import { renderDashboards } from '../../../dashboards/render-dashboards.ts';
import { expandMacros } from '../../support/expand-macros.ts';

const range = {
  fromMs: 1_700_000_000_123,
  toMs: 1_700_003_600_456,
  intervalMs: 30_000,
  variables: { tenant: "o'brien" },
};

type PanelShape = {
  readonly id: number;
  readonly title: string;
  readonly datasource: unknown;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets: readonly { readonly rawSql: string; readonly datasource: unknown }[];
};

const panels = (JSON.parse(JSON.stringify(buildOverview())) as { panels: readonly PanelShape[] })
  .panels;

describe('the committed dashboards', () => {
  it('are what the code makes; `npm run generate` writes them', () => {
    for (const [file, json] of renderDashboards()) expect(readFileSync(file, 'utf8')).toBe(json);
  });

  it('ask each query in exactly one panel, of the data source that the reader chose', () => {
    const asked = panels.flatMap(({ targets }) => targets.map(({ rawSql }) => rawSql));
    expect(asked.toSorted()).toEqual(
      Object.values(overviewQueries)
        .map(({ sql }) => sql)
        .toSorted(),
    );
    const datasource = { type: 'grafana-clickhouse-datasource', uid: '${datasource}' };
    for (const panel of panels) {
      expect(panel.datasource).toEqual(datasource);
      for (const target of panel.targets) expect(target.datasource).toEqual(datasource);
    }
  });

  it('give every panel an id and a place of its own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...panels.map(({ gridPos }) => gridPos.x + gridPos.w))).toBe(24);
  });

  it.each(Object.entries(overviewQueries))(
    '%s counts by sign and is bound to one tenant',
    (_, { sql }) => {
      expect(sql).not.toMatch(/\bcount(?:If)?\(/);
      expect(sql).toContain('tenant = ${tenant:sqlstring}');
      expect(() => expandMacros(sql, range)).not.toThrow();
    },
  );
});

describe("the data source's macros", () => {
  // From the plugin's documentation: what each becomes.
  it.each([
    ['$__timeFilter(time)', 'time >= toDateTime(1700000000) AND time <= toDateTime(1700003600)'],
    [
      '$__timeFilter_ms(t)',
      't >= fromUnixTimestamp64Milli(1700000000123) AND t <= fromUnixTimestamp64Milli(1700003600456)',
    ],
    ['$__dateFilter(d)', "d >= toDate('2023-11-14') AND d <= toDate('2023-11-14')"],
    [
      '$__dt(d, t)',
      "(d >= toDate('2023-11-14') AND d <= toDate('2023-11-14')) AND (t >= toDateTime(1700000000) AND t <= toDateTime(1700003600))",
    ],
    ['$__timeInterval(f(a, b))', 'toStartOfInterval(toDateTime(f(a, b)), INTERVAL 30 second)'],
    ['$__interval_s', '30'],
    ['${tenant:sqlstring}', "'o''brien'"],
  ])('%s', (macro, text) => {
    expect(expandMacros(`SELECT ${macro} FROM t`, range)).toBe(`SELECT ${text} FROM t`);
  });

  it('are refused with a wrong number of arguments, or unknown', () => {
    expect(() => expandMacros('$__timeFilter()', range)).toThrow('takes 1');
    expect(() => expandMacros('$__timeFilter(a, b)', range)).toThrow('takes 1');
    expect(() => expandMacros('$__weekFilter(a)', range)).toThrow('unknown macro');
    expect(() => expandMacros('${team}', range)).toThrow('no variable');
  });
});
