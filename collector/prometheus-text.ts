export type MetricDefinition = {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Upper bounds of a histogram, rising. */
  readonly buckets?: readonly number[];
};

/** Counts in memory; `labels` is the inside of the braces, e.g. `status="200"`, and MUST come from a small fixed set. */
export interface Counters<Name extends string> {
  add(name: Name, value: number, labels?: string): void;
  set(name: Name, value: number): void;
  observe(name: Name, value: number): void;
  /** All series in the Prometheus text format 0.0.4, each metric with HELP and TYPE. */
  render(): string;
}

export function createCounters<Name extends string>(
  catalogue: Readonly<Record<Name, MetricDefinition>>,
): Counters<Name> {
  const metrics = Object.entries<MetricDefinition>(catalogue);
  const series = new Map<string, Map<string, number>>();
  const histograms = new Map<string, Histogram>();
  for (const [name, { buckets }] of metrics) {
    if (buckets) histograms.set(name, { buckets, counts: buckets.map(() => 0), sum: 0, count: 0 });
    else series.set(name, new Map());
  }
  const renderMetric = (name: string, { help, type }: MetricDefinition): readonly string[] => {
    const histogram = histograms.get(name);
    const lines = histogram
      ? renderHistogram(name, histogram)
      : renderSeries(name, series.get(name));
    return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
  };
  return {
    add(name, value, labels = '') {
      const values = series.get(name);
      values?.set(labels, (values.get(labels) ?? 0) + value);
    },
    set: (name, value) => void series.get(name)?.set('', value),
    observe: (name, value) => observe(histograms.get(name), value),
    render: () => `${metrics.flatMap((metric) => renderMetric(...metric)).join('\n')}\n`,
  };
}

type Histogram = {
  readonly buckets: readonly number[];
  readonly counts: number[];
  sum: number;
  count: number;
};

function observe(histogram: Histogram | undefined, value: number): void {
  if (!histogram) return;
  histogram.sum += value;
  histogram.count += 1;
  const at = histogram.buckets.findIndex((bound) => value <= bound);
  if (at >= 0) histogram.counts[at] = (histogram.counts[at] ?? 0) + 1;
}

function renderSeries(name: string, values: ReadonlyMap<string, number> | undefined): string[] {
  if (!values || values.size === 0) return [`${name} 0`];
  return [...values].map(([labels, value]) =>
    labels === '' ? `${name} ${value}` : `${name}{${labels}} ${value}`,
  );
}

function renderHistogram(name: string, histogram: Histogram): string[] {
  let below = 0;
  const lines = histogram.buckets.map((bound, at) => {
    below += histogram.counts[at] ?? 0;
    return `${name}_bucket{le="${bound}"} ${below}`;
  });
  return [
    ...lines,
    `${name}_bucket{le="+Inf"} ${histogram.count}`,
    `${name}_sum ${histogram.sum}`,
    `${name}_count ${histogram.count}`,
  ];
}
