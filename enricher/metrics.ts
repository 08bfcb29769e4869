/** What one partition of the enricher has done since the process started. Labels never name a tenant or anything out of a span. */
export type PartitionMetrics = {
  spans: number;
  records: number;
  revisions: number;
  redactedPlaces: number;
  deadLetters: number;
  merged: number;
  split: number;
  tooLate: number;
  restarted: number;
  ticks: number;
  commits: number;
  commitRetries: number;
  /** True while a commit is tried again. */
  refused: boolean;
  /** The key keeper was asked last in vain. */
  keeperAway: boolean;
  /** Of the last commit. */
  batchMessages: number;
  batchBytes: number;
  stateChanges: number;
  /** Append time of the last message taken, ms since the epoch; 0 before the first. */
  appendTimeMs: number;
  /** Messages that wait: next offset of the log minus ours, where offsets are dense. */
  lagMessages: number;
};

export type EnricherMetrics = {
  readonly partitions: readonly PartitionMetrics[];
};

export function createEnricherMetrics(partitions: number): EnricherMetrics {
  return { partitions: Array.from({ length: partitions }, noMetrics) };
}

/** Prometheus' text exposition format 0.0.4. */
export function renderMetrics({ partitions }: EnricherMetrics, nowMs: number): string {
  const lines: string[] = [];
  for (const { name, type, help, read } of series) {
    lines.push(
      `# HELP waybill_enricher_${name} ${help}`,
      `# TYPE waybill_enricher_${name} ${type}`,
    );
    for (const [partition, metrics] of partitions.entries()) {
      const value = read(metrics, nowMs);
      lines.push(`waybill_enricher_${name}{partition="${partition}"} ${value}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

type Series = {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly read: (metrics: PartitionMetrics, nowMs: number) => number;
};

const counter = (name: string, help: string, read: Series['read']): Series => ({
  name,
  type: 'counter',
  help,
  read,
});
const gauge = (name: string, help: string, read: Series['read']): Series => ({
  name,
  type: 'gauge',
  help,
  read,
});

const series: readonly Series[] = [
  counter('spans_total', 'Spans read.', ({ spans }) => spans),
  counter('records_total', 'Records published, revisions included.', ({ records }) => records),
  counter('revisions_total', 'Revisions published.', ({ revisions }) => revisions),
  counter(
    'redacted_places_total',
    'Places that redaction replaced, as first told by records.',
    ({ redactedPlaces }) => redactedPlaces,
  ),
  counter(
    'dead_letters_total',
    'Messages, calls and traces set aside.',
    (each) => each.deadLetters,
  ),
  counter('merged_total', 'Calls that proved to be another.', ({ merged }) => merged),
  counter('split_total', 'Calls that proved to be part of none.', ({ split }) => split),
  counter(
    'too_late_total',
    'Revisions past revisionMsMax or revisionsMax.',
    ({ tooLate }) => tooLate,
  ),
  counter('restarted_total', 'Traces past traceSpansMax.', ({ restarted }) => restarted),
  counter('ticks_total', 'Ticks appended while nothing came.', ({ ticks }) => ticks),
  counter('commits_total', 'Commits.', ({ commits }) => commits),
  counter('commit_retries_total', 'Commits tried again.', ({ commitRetries }) => commitRetries),
  gauge('batch_messages', 'Messages of the last commit.', ({ batchMessages }) => batchMessages),
  gauge('batch_bytes', 'Bytes of messages of the last commit.', ({ batchBytes }) => batchBytes),
  gauge('state_changes', 'State changes of the last commit.', ({ stateChanges }) => stateChanges),
  gauge('lag_messages', 'Messages that wait.', ({ lagMessages }) => lagMessages),
  gauge('behind_seconds', 'Age of the last message taken while others wait.', behindSeconds),
];

function behindSeconds({ lagMessages, appendTimeMs }: PartitionMetrics, nowMs: number): number {
  return lagMessages === 0 || appendTimeMs === 0 ? 0 : Math.max(0, nowMs - appendTimeMs) / 1000;
}

function noMetrics(): PartitionMetrics {
  return {
    spans: 0,
    records: 0,
    revisions: 0,
    redactedPlaces: 0,
    deadLetters: 0,
    merged: 0,
    split: 0,
    tooLate: 0,
    restarted: 0,
    ticks: 0,
    commits: 0,
    commitRetries: 0,
    refused: false,
    keeperAway: false,
    batchMessages: 0,
    batchBytes: 0,
    stateChanges: 0,
    appendTimeMs: 0,
    lagMessages: 0,
  };
}
