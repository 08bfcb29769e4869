/** What this room counts. Labels hold routes, statuses and codes; never a tenant, a key or a parameter. */
export type QueryApiMetrics = {
  requestEnded(route: string, status: number, seconds: number): void;
  rowsGiven(route: string, rows: number): void;
  refused(code: string): void;
  /** Prometheus text format 0.0.4. */
  render(gauges: Readonly<Record<string, number>>): string;
};

export function createMetrics(): QueryApiMetrics {
  const counters = new Map<string, number>();
  function add(name: string, labels: Readonly<Record<string, string>>, value: number): void {
    const text = Object.entries(labels).map(([label, of]) => `${label}="${of}"`);
    const key = `${name}{${text.join(',')}}`;
    counters.set(key, (counters.get(key) ?? 0) + value);
  }
  return {
    requestEnded(route, status, seconds) {
      const labels = { route, status: String(status) };
      add('waybill_query_api_requests_total', labels, 1);
      add('waybill_query_api_request_seconds_total', labels, seconds);
    },
    rowsGiven: (route, rows) => add('waybill_query_api_rows_given_total', { route }, rows),
    refused: (code) => add('waybill_query_api_refusals_total', { code }, 1),
    render(gauges) {
      const lines = [...counters]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${key} ${value}`);
      const now = Object.entries(gauges).map(([name, value]) => `${name} ${value}`);
      return `${[...lines, ...now].join('\n')}\n`;
    },
  };
}
