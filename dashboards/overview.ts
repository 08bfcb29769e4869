import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as PieBuilder } from '@grafana/grafana-foundation-sdk/piechart';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { ClickHouseQueryBuilder, datasource } from './clickhouse-query.ts';
import type { PanelQuery } from './overview-queries.ts';
import { overviewQueries, tenantsSql } from './overview-queries.ts';

/** The overview: calls, outcomes, grades, cost by team, what has no price, servers without calls. */
export function buildOverview(): Dashboard {
  const builder = new DashboardBuilder('Waybill: overview')
    .uid('waybill-overview')
    .description('MCP calls as sealed in the audit trail, what became of them and what they cost')
    .tags(['waybill', 'mcp'])
    .time({ from: 'now-24h', to: 'now' })
    .timezone('utc')
    .refresh('1m')
    .readonly()
    .withVariable(
      new DatasourceVariableBuilder('datasource')
        .label('Store')
        .type('grafana-clickhouse-datasource'),
    )
    .withVariable(
      new QueryVariableBuilder('tenant')
        .label('Tenant')
        .datasource(datasource)
        .query(tenantsSql)
        .refresh(VariableRefresh.OnDashboardLoad),
    );
  for (const [at, panel] of panels().entries()) builder.withPanel(withId(panel, at + 1));
  return builder.build();
}

function panels(): readonly PanelPart[] {
  const ask = overviewQueries;
  return [
    stat('Calls', ask.calls),
    stat('Calls by nobody known', ask.unattributed),
    stat('Denied', ask.denied),
    stat('Age of the newest record', ask.newestRecordAge).unit('s'),
    series('Outcomes over time', ask.outcomesOverTime).span(16),
    pie('Outcomes', ask.outcomes),
    table('Top servers and tools', ask.topTools).span(16),
    pie('How surely the chains are known', ask.grades),
    series('Cost over time, by team', ask.costOverTime).span(16),
    table('Cost by team', ask.costByTeam).span(8),
    table('Use without a price', ask.unpriced)
      .span(12)
      .description('Tokens and calls that no row of the price book prices. Unknown, not free.'),
    table('Registered servers without observed calls', ask.serversWithoutCalls)
      .span(12)
      .description('Not observed is not unused: their telemetry may not reach us.'),
  ];
}

type PanelPart = Builder<Panel> & { id(id: number): Builder<Panel> };

function withId(panel: PanelPart, id: number): Builder<Panel> {
  return panel.id(id);
}

function stat(title: string, query: PanelQuery): StatBuilder {
  const panel = new StatBuilder().title(title).datasource(datasource).span(6).height(4);
  const last = { values: false, calcs: ['lastNotNull'], fields: '' };
  return panel
    .withTarget(new ClickHouseQueryBuilder(query))
    .reduceOptions({ build: () => last })
    .noValue('unknown');
}

function series(title: string, query: PanelQuery): TimeSeriesBuilder {
  const panel = new TimeSeriesBuilder().title(title).datasource(datasource).height(9);
  return panel.withTarget(new ClickHouseQueryBuilder(query));
}

function table(title: string, query: PanelQuery): TableBuilder {
  const panel = new TableBuilder().title(title).datasource(datasource).height(9);
  return panel.withTarget(new ClickHouseQueryBuilder(query));
}

// One slice a row: without it a pie shows one number for the whole table.
function pie(title: string, query: PanelQuery): PieBuilder {
  const panel = new PieBuilder().title(title).datasource(datasource).span(8).height(9);
  const rows = { values: true, calcs: [], fields: '' };
  return panel.withTarget(new ClickHouseQueryBuilder(query)).reduceOptions({ build: () => rows });
}
