import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs, promisify } from 'node:util';
import { openEmbeddedLog } from '../event-log/embedded.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { decodeTraces } from '../otlp/decode-traces.ts';
import { topics } from '../schemas/topics.ts';
import { startCollectorProcess } from './collector-process.ts';
import type { CollectorProcess } from './collector-process.ts';
import { folderBytes } from './load/folder-bytes.ts';
import type { LoadResult } from './load/otlp-load.ts';

/**
 * Ingest acknowledged durably: a collector alone in a process on a fresh embedded log, redaction on, and the load generator
 * in another process of the same machine. Prints a row for each number of spans a request, with medians over the rounds.
 * Each round holds the spans acknowledged against the spans decoded from the log, and fails when they differ.
 */
type Round = {
  readonly spansPerSecond: number;
  readonly cpuSecondsPerMillion: number;
  readonly loadCpuSecondsPerMillion: number;
  readonly latencyMsP50: number;
  readonly latencyMsP99: number;
  readonly requestBytesPerSpan: number;
  readonly diskBytesPerSpan: number;
  readonly memoryMibPeak: number;
  /** A bare `node:http` server under the same load in the same round. */
  readonly bareSpansPerSecond: number;
  readonly bareCpuSecondsPerMillion: number;
};

const WARM_SECONDS = 2;

const runFile = promisify(execFile);
const { values } = parseArgs({
  options: {
    spans: { type: 'string', default: '1,3,120' },
    seconds: { type: 'string', default: '6' },
    rounds: { type: 'string', default: '3' },
    connections: { type: 'string', default: '64' },
    json: { type: 'boolean', default: false },
  },
});

await main();

async function main(): Promise<void> {
  const table: [string, Round][] = [];
  for (const spans of values.spans.split(',').map(Number)) {
    const rounds: Round[] = [];
    for (let seed = 1; seed <= Number(values.rounds); seed += 1) {
      rounds.push(await measureRound(spans, seed));
    }
    table.push([String(spans), medianRound(rounds)]);
  }
  console.log(values.json ? JSON.stringify(Object.fromEntries(table)) : toMarkdown(table));
}

async function measureRound(spans: number, seed: number): Promise<Round> {
  const directory = await mkdtemp(join(tmpdir(), 'waybill-ingest-'));
  try {
    const collector = await startCollectorProcess({ directory });
    const warm = await load(collector, spans, seed + 500, WARM_SECONDS);
    const cpuBefore = collector.cpuSeconds();
    const result = await load(collector, spans, seed, Number(values.seconds));
    const cpuSeconds = collector.cpuSeconds() - cpuBefore;
    const memoryMibPeak = collector.memoryBytesPeak() / 2 ** 20;
    await collector.stop();
    const acknowledged = warm.acknowledgedSpans + result.acknowledgedSpans;
    await assertInLog(collector.logDirectory, acknowledged);
    const bare = await measureBare(spans, seed);
    const diskBytes = await folderBytes(collector.logDirectory);
    const diskBytesPerSpan = diskBytes / acknowledged;
    return { ...toRound(result, spans, cpuSeconds), ...bare, diskBytesPerSpan, memoryMibPeak };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What Node alone does under the same load: the machine's state cancels out of the comparison. */
async function measureBare(
  spans: number,
  seed: number,
): Promise<Pick<Round, 'bareSpansPerSecond' | 'bareCpuSecondsPerMillion'>> {
  const program = join(import.meta.dirname, 'load', 'bare-server.ts');
  const child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const otlpHttpPort = Number((await said.next()).value);
  const bare = { otlpHttpPort, producerKey: 'none' };
  const result = await load(bare, spans, seed, Number(values.seconds));
  child.kill('SIGTERM');
  const cpuSeconds = Number((await said.next()).value);
  return {
    bareSpansPerSecond: result.acknowledgedSpans / result.seconds,
    bareCpuSecondsPerMillion: (cpuSeconds * 1e6) / result.acknowledgedSpans,
  };
}

async function load(
  collector: Pick<CollectorProcess, 'otlpHttpPort' | 'producerKey'>,
  spans: number,
  seed: number,
  seconds: number,
): Promise<LoadResult> {
  const program = join(import.meta.dirname, 'load', 'otlp-load.ts');
  const knobs = {
    port: collector.otlpHttpPort,
    key: collector.producerKey,
    connections: values.connections,
    spans,
    seconds,
    seed,
  };
  const options = Object.entries(knobs).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout } = await runFile(process.execPath, [program, ...options]);
  return JSON.parse(stdout) as LoadResult;
}

function toRound(
  result: LoadResult,
  spans: number,
  cpuSeconds: number,
): Omit<
  Round,
  'diskBytesPerSpan' | 'memoryMibPeak' | 'bareSpansPerSecond' | 'bareCpuSecondsPerMillion'
> {
  const millions = result.acknowledgedSpans / 1e6;
  return {
    spansPerSecond: result.acknowledgedSpans / result.seconds,
    cpuSecondsPerMillion: cpuSeconds / millions,
    loadCpuSecondsPerMillion: result.cpuSeconds / millions,
    latencyMsP50: result.latencyMsP50,
    latencyMsP99: result.latencyMsP99,
    requestBytesPerSpan: result.requestBytes / spans,
  };
}

async function assertInLog(folder: string, acknowledged: number): Promise<void> {
  const log = await openEmbeddedLog({ folder });
  let found = 0;
  for (let partition = 0; partition < log.partitions; partition += 1) {
    found += await countSpans(log, partition);
  }
  await log.close();
  if (found !== acknowledged) {
    throw new Error(`${acknowledged} spans were acknowledged, but ${found} are in the log.`);
  }
}

async function countSpans(log: EventLog, partition: number): Promise<number> {
  let found = 0;
  let offset = 0;
  for (;;) {
    const position = { topic: topics.spans, partition, offset };
    const limits = { messagesMax: 1_000, bytesMax: 32 * 2 ** 20, waitMsMax: 0 };
    const messages = await log.read(position, limits);
    for (const { value } of messages) found += value ? decodeTraces(value).length : 0;
    const last = messages.at(-1);
    if (!last) return found;
    offset = last.offset + 1;
  }
}

function medianRound(rounds: readonly Round[]): Round {
  const median = (name: keyof Round): number => {
    const sorted = rounds.map((round) => round[name]).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  };
  return {
    spansPerSecond: median('spansPerSecond'),
    cpuSecondsPerMillion: median('cpuSecondsPerMillion'),
    loadCpuSecondsPerMillion: median('loadCpuSecondsPerMillion'),
    latencyMsP50: median('latencyMsP50'),
    latencyMsP99: median('latencyMsP99'),
    requestBytesPerSpan: median('requestBytesPerSpan'),
    diskBytesPerSpan: median('diskBytesPerSpan'),
    memoryMibPeak: median('memoryMibPeak'),
    bareSpansPerSecond: median('bareSpansPerSecond'),
    bareCpuSecondsPerMillion: median('bareCpuSecondsPerMillion'),
  };
}

function toMarkdown(table: readonly (readonly [string, Round])[]): string {
  const rows = table.map(([spans, round]) => {
    const cells = [
      spans,
      Math.round(round.spansPerSecond).toLocaleString('en'),
      round.cpuSecondsPerMillion.toFixed(1),
      round.loadCpuSecondsPerMillion.toFixed(1),
      `${round.latencyMsP50.toFixed(1)} / ${round.latencyMsP99.toFixed(1)}`,
      round.requestBytesPerSpan.toFixed(0),
      round.diskBytesPerSpan.toFixed(0),
      round.memoryMibPeak.toFixed(0),
      `${Math.round(round.bareSpansPerSecond).toLocaleString('en')} (${round.bareCpuSecondsPerMillion.toFixed(1)})`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| spans a request | spans/s | CPU s per million spans | of the load generator | ms p50 / p99 | bytes a span sent | on disk | MiB peak | bare node:http (CPU) |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
