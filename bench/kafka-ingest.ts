import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import type { Brokers } from '../test/support/kafka/start-brokers.ts';
import { startBrokers } from '../test/support/kafka/start-brokers.ts';
import { freshLog } from '../test/support/kafka/fresh-log.ts';
import type { FreshLog } from '../test/support/kafka/fresh-log.ts';
import { openForeignTopics, takenSpans } from '../test/support/kafka/foreign-spans.ts';
import { startOtelCollector } from '../test/support/otel-collector/start.ts';
import { cpuSecondsOf, startCollectorProcess } from './collector-process.ts';
import type { LoadResult } from './load/otlp-load.ts';

/**
 * Waybill's collector, redacting, beside an OpenTelemetry Collector (otlp receiver → kafka exporter, acks=all, acknowledged after the write), each alone
 * in a process in front of the same real broker in the same run, in turn, under the same load of about 850 bytes a span.
 * What Waybill acknowledged is held against the spans in its topic.
 */
const { values } = parseArgs({
  options: {
    spans: { type: 'string', default: '1,3,120' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '256' },
  },
});

const WARM_SECONDS = 2;
const PARTITIONS = 3;
const runFile = promisify(execFile);

/** How the other one is run: with its exporter's own settings, and as our `deploy/otel-collector` has it for Waybill to read. */
const upstreams = {
  'OpenTelemetry Collector': {
    'exporters::kafka::partition_traces_by_id': 'false',
    'exporters::kafka::producer::compression': 'none',
  },
  'the same, by trace, zstd': {},
} as const;
const WAYBILL = 'Waybill, redacting';
/** The aim at each size: spans a CPU second, against the other's. */
const aims: Readonly<Record<number, number>> = { 1: 3, 3: 2.5, 120: 1 };

type Run = { readonly result: LoadResult; readonly cpuSeconds: number };

const brokers = await startBrokers({ nodes: 1 });
try {
  for (const spans of values.spans.split(',').map(Number)) await compare(spans);
} finally {
  await brokers.stop();
}

async function compare(spans: number): Promise<void> {
  const runs = new Map<string, Run[]>();
  const note = (name: string, run: Run): void => {
    runs.set(name, [...(runs.get(name) ?? []), run]);
  };
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    note(WAYBILL, await measureWaybill(brokers, spans, round));
    for (const [name, settings] of Object.entries(upstreams)) {
      note(name, await measureUpstream(brokers, settings, { spans, seed: round }));
    }
  }
  print(spans, runs);
}

async function measureWaybill({ addresses }: Brokers, spans: number, seed: number): Promise<Run> {
  const directory = await mkdtemp(join(tmpdir(), 'waybill-kafka-ingest-'));
  const fresh = await freshLog(addresses, PARTITIONS);
  try {
    const config = { kafka: fresh.settings, partitions: PARTITIONS };
    const collector = await startCollectorProcess({ directory, config });
    const { otlpHttpPort: port, producerKey: key, pid } = collector;
    const warmed = await warm({ port, key, spans, seed });
    const run = await measure(pid, { port, key, spans, seed, seconds: Number(values.seconds) });
    await collector.stop();
    await assertThere(fresh, warmed + run.result.acknowledgedSpans);
    return run;
  } finally {
    await fresh.destroy();
    await rm(directory, { recursive: true, force: true });
  }
}

async function assertThere(fresh: FreshLog, acknowledged: number): Promise<void> {
  const log = await fresh.open();
  const { length: found } = await takenSpans(log);
  await log.close();
  if (found !== acknowledged) {
    throw new Error(`${acknowledged} spans were acknowledged, but ${found} are in the topic.`);
  }
}

async function measureUpstream(
  { addresses }: Brokers,
  settings: Readonly<Record<string, string>>,
  { spans, seed }: { readonly spans: number; readonly seed: number },
): Promise<Run> {
  const topic = `otel.${spans}.${seed}.${Object.keys(settings).length}`;
  const topics = await openForeignTopics(addresses, [topic]);
  await topics.close();
  const environment = { KAFKA_BROKERS: addresses.join(','), KAFKA_TOPIC: topic };
  const file = 'deploy/otel-collector/to-kafka.yaml';
  const collector = await startOtelCollector(file, environment, settings);
  try {
    const port = Number(new URL(collector.otlpHttp).port);
    const asked = { port, key: 'none', spans, seed };
    await warm(asked);
    return await measure(collector.pid, { ...asked, seconds: Number(values.seconds) });
  } finally {
    await collector.stop();
  }
}

type Load = {
  readonly port: number;
  readonly key: string;
  readonly spans: number;
  readonly seed: number;
  readonly seconds: number;
};

/** Gives the spans acknowledged. First so many that each of the load's 5,000 users was seen: they come once, and then for long. */
async function warm(asked: Omit<Load, 'seconds'>): Promise<number> {
  const many = { ...asked, spans: 120, seed: asked.seed + 500, seconds: WARM_SECONDS };
  const { acknowledgedSpans } = await load(many);
  const own = await load({ ...asked, seed: asked.seed + 600, seconds: WARM_SECONDS });
  return acknowledgedSpans + own.acknowledgedSpans;
}

async function measure(pid: number, asked: Load): Promise<Run> {
  const before = cpuSecondsOf(pid);
  const result = await load(asked);
  return { result, cpuSeconds: cpuSecondsOf(pid) - before };
}

async function load(asked: Load): Promise<LoadResult> {
  const program = join(import.meta.dirname, 'load', 'otlp-load.ts');
  const knobs = { ...asked, connections: values.connections };
  const options = Object.entries(knobs).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout } = await runFile(process.execPath, [program, ...options]);
  const result = JSON.parse(stdout) as LoadResult;
  if (result.acknowledgedSpans !== result.requests * asked.spans) {
    throw new Error(`Not every request was answered 200: ${JSON.stringify(result.statuses)}.`);
  }
  return result;
}

function print(spans: number, runs: ReadonlyMap<string, readonly Run[]>): void {
  const figures = [...runs].map(([name, each]) => {
    const sum = (read: (run: Run) => number): number =>
      each.reduce((all, run) => all + read(run), 0);
    const acknowledged = sum(({ result }) => result.acknowledgedSpans);
    return {
      name,
      spansPerSecond: acknowledged / sum(({ result }) => result.seconds),
      cpuPerMillion: (sum(({ cpuSeconds }) => cpuSeconds) * 1e6) / acknowledged,
      latencyMs: sum(({ result }) => result.latencyMsP50) / each.length,
    };
  });
  const own = figures.find(({ name }) => name === WAYBILL)?.cpuPerMillion ?? 0;
  const rows = figures.map(({ name, spansPerSecond, cpuPerMillion, latencyMs }) => {
    const ratio =
      name === WAYBILL ? '' : `${(cpuPerMillion / own).toFixed(2)} (${aims[spans] ?? '–'})`;
    const rate = Math.round(spansPerSecond).toLocaleString('en');
    return `| ${[name, rate, cpuPerMillion.toFixed(1), latencyMs.toFixed(1), ratio].join(' | ')} |`;
  });
  console.log(
    [
      `\n${spans} spans a request`,
      '| | spans/s | CPU s per million spans | ms p50 | Waybill’s spans a CPU second, times its (aim) |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
    ].join('\n'),
  );
}
