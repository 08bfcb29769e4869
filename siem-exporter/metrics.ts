/** What the exporter counts, as a value to read at any time. Labels come from small fixed sets; no tenant, no token, no event. */
export type SiemExporterMetrics = {
  readonly eventsDelivered: number;
  readonly batchesDelivered: number;
  readonly bytesSent: number;
  /** Leaves passed over since the destination does not take their tenant, kind of leaf or revision. */
  readonly leavesFiltered: number;
  readonly attempts: number;
  readonly retries: ReadonlyMap<string, number>;
  readonly holds: ReadonlyMap<string, number>;
  readonly deadLetters: ReadonlyMap<string, number>;
  readonly splits: number;
  readonly acksMissed: number;
  readonly circuitOpen: boolean;
  /** Why the destination is not being fed at the moment; null while it is. */
  readonly holdReason: string | null;
  readonly logs: ReadonlyMap<string, LogLag>;
};

export type LogLag = {
  /** The next leaf that is not delivered yet. */
  readonly cursor: number;
  readonly sealedSize: number;
  /** Append time of the oldest leaf not delivered, ms since the epoch; null when all are. */
  readonly waitingSinceMs: number | null;
  /** Why its leaves cannot be read, by an error code; null while they can. The numbers are then those of the last good read. */
  readonly trouble: string | null;
};

type CountName = 'retries' | 'holds' | 'deadLetters';
type Mutable = { -readonly [K in keyof SiemExporterMetrics]: SiemExporterMetrics[K] };

/** The counters of one exporter; the only writer is the exporter itself. */
export type MetricsRecorder = Omit<Mutable, CountName | 'logs'> & {
  count(name: CountName, reason: string): void;
  setLog(logId: string, lag: LogLag): void;
  setTrouble(logId: string, from: number, code: string): void;
  snapshot(): SiemExporterMetrics;
};

export function createMetrics(): MetricsRecorder {
  const counts: Record<CountName, Map<string, number>> = {
    retries: new Map(),
    holds: new Map(),
    deadLetters: new Map(),
  };
  const logs = new Map<string, LogLag>();
  const recorder: MetricsRecorder = {
    eventsDelivered: 0,
    batchesDelivered: 0,
    bytesSent: 0,
    leavesFiltered: 0,
    attempts: 0,
    splits: 0,
    acksMissed: 0,
    circuitOpen: false,
    holdReason: null,
    count: (name, reason) => void counts[name].set(reason, (counts[name].get(reason) ?? 0) + 1),
    setLog: (logId, lag) => void logs.set(logId, lag),
    setTrouble: (logId, from, trouble) => {
      const last = logs.get(logId) ?? { cursor: from, sealedSize: from, waitingSinceMs: null };
      logs.set(logId, { ...last, cursor: from, trouble });
    },
    snapshot: () => ({ ...recorder, ...counts, logs }),
  };
  return recorder;
}

const plain = [
  ['events_delivered_total', 'eventsDelivered', 'Events that the destination has accepted.'],
  ['batches_delivered_total', 'batchesDelivered', 'Batches that the destination has accepted.'],
  ['bytes_sent_total', 'bytesSent', 'Bytes of bodies sent, as compressed.'],
  ['leaves_filtered_total', 'leavesFiltered', 'Leaves that the destination does not take.'],
  ['attempts_total', 'attempts', 'Requests made.'],
  ['splits_total', 'splits', 'Batches that were halved.'],
  ['acks_missed_total', 'acksMissed', 'Batches sent again since no acknowledgement came in time.'],
] as const;

const byReason = [
  ['retries_total', 'retries', 'Attempts to be repeated, by reason.'],
  ['holds_total', 'holds', 'Attempts that wait for somebody to mend the destination, by reason.'],
  ['dead_letters_total', 'deadLetters', 'Events refused for good, by reason.'],
] as const;

/** The metrics in Prometheus' text format 0.0.4. Lag stands there in records and in seconds, by log. */
export function renderMetrics(metrics: SiemExporterMetrics, nowMs: number): string {
  const lines: string[] = [];
  const metric = (name: string, type: string, help: string, samples: readonly string[]): void => {
    const full = `waybill_siem_exporter_${name}`;
    lines.push(`# HELP ${full} ${help}`, `# TYPE ${full} ${type}`);
    lines.push(...samples.map((sample) => `${full}${sample}`));
  };
  for (const [name, key, help] of plain) metric(name, 'counter', help, [` ${metrics[key]}`]);
  for (const [name, key, help] of byReason) {
    const samples = [...metrics[key]].map(([reason, n]) => `{reason="${reason}"} ${n}`);
    metric(name, 'counter', help, samples);
  }
  const logs = [...metrics.logs];
  metric(
    'lag_records',
    'gauge',
    'Sealed leaves not delivered yet.',
    logs.map(([id, lag]) => `{log="${id}"} ${lag.sealedSize - lag.cursor}`),
  );
  metric(
    'lag_seconds',
    'gauge',
    'Age of the oldest sealed leaf not delivered yet.',
    logs.map(([id, lag]) => `{log="${id}"} ${lagSeconds(lag, nowMs)}`),
  );
  metric(
    'store_unreadable',
    'gauge',
    'One while the leaves of a log cannot be read, by error code.',
    logs.flatMap(([id, { trouble }]) =>
      trouble === null ? [] : [`{log="${id}",code="${trouble}"} 1`],
    ),
  );
  metric('circuit_open', 'gauge', 'One while a single attempt probes the destination.', [
    ` ${metrics.circuitOpen ? 1 : 0}`,
  ]);
  const held = metrics.holdReason === null ? ' 0' : `{reason="${metrics.holdReason}"} 1`;
  metric('held', 'gauge', 'One while somebody has to mend the destination.', [held]);
  return `${lines.join('\n')}\n`;
}

export function lagSeconds(lag: LogLag, nowMs: number): number {
  return lag.waitingSinceMs === null ? 0 : Math.max(0, nowMs - lag.waitingSinceMs) / 1000;
}
