import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type { PanelQuery } from './overview-queries.ts';

/** The data source is chosen by whoever looks, by a variable of the dashboard. */
export const datasource = { type: 'grafana-clickhouse-datasource', uid: '${datasource}' } as const;

/** A query of Grafana's ClickHouse data source (plugin 4): raw SQL with its macros. */
export class ClickHouseQueryBuilder implements Builder<Dataquery> {
  readonly #query: PanelQuery;

  constructor(query: PanelQuery) {
    this.#query = query;
  }

  build(): Dataquery {
    const { shape, sql } = this.#query;
    const target = {
      refId: 'A',
      datasource,
      editorType: 'sql',
      queryType: shape === 'series' ? 'timeseries' : 'table',
      // The plugin's own numbers: 0 time series, 1 table.
      format: shape === 'series' ? 0 : 1,
      rawSql: sql,
      pluginVersion: '4.0.0',
      _implementsDataqueryVariant: () => undefined,
    };
    return target;
  }
}
