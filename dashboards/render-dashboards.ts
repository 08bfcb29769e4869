import { buildOverview } from './overview.ts';

/** The dashboards as files of this repository: path → JSON. `npm run generate` writes them, a test says when they are stale. */
export function renderDashboards(): ReadonlyMap<string, string> {
  return new Map([
    ['dashboards/json/waybill-overview.json', `${JSON.stringify(buildOverview(), null, 2)}\n`],
  ]);
}
