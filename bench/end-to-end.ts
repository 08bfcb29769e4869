import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { otlpJson, postTraces } from '../test/support/otlp-json.ts';
import type { Pipeline } from '../test/support/pipeline.ts';
import { eventually, startPipeline } from '../test/support/pipeline.ts';
import { folderBytes } from './load/folder-bytes.ts';
import type { LoadResult } from './load/otlp-load.ts';
import { runRevisedLoad } from './load/revised-load.ts';
import { watchProcesses } from './load/watch-processes.ts';
import { measureSealing } from './sealing-cost.ts';

/**
 * End to end on one machine: calls of three spans from OTLP to queryable at a held rate, one in ten revised, beside their load
 * generator. Says whether the rate was sustained (memory and lag flat, all of it queryable seconds after the end), how
 * long a call took from its last span to its record, and what it cost on disk.
 */
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '8000' },
    seconds: { type: 'string', default: '60' },
    revised: { type: 'string', default: '0.1' },
    'data-dir': { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const CALLS_PER_REQUEST = 40;
const PROBE_EVERY_MS = 1500;
const runFile = promisify(execFile);

await main();

async function main(): Promise<void> {
  const dataDir = values['data-dir'] ?? (await mkdtemp(join(tmpdir(), 'waybill-end-to-end-')));
  const pipeline = await startPipeline({ dataDir, partitions: 1 });
  try {
    const figures = await measure(pipeline, dataDir);
    console.log(values.json ? JSON.stringify(figures) : toTable(figures));
  } finally {
    await pipeline.stop();
    if (!values['data-dir']) await rm(dataDir, { recursive: true, force: true });
  }
}

type Figures = Readonly<Record<string, number>>;

async function measure(pipeline: Pipeline, dataDir: string): Promise<Figures> {
  const rate = Number(values.rate);
  const seconds = Number(values.seconds);
  const watch = watchProcesses(pipeline.process.pid ?? 0, () => lagOf(pipeline));
  const stopProbe = new AbortController();
  const probing = probe(pipeline, stopProbe.signal);
  const startedAt = performance.now();
  const [whole, revisedSpans] = await Promise.all([
    loadWhole(pipeline, rate * (1 - Number(values.revised)), seconds),
    runRevisedLoad({
      url: pipeline.otlpHttp,
      key: pipeline.producerKey,
      callsPerRequest: CALLS_PER_REQUEST,
      callsPerSecond: rate * Number(values.revised),
      seconds,
      lateMs: 2500,
      seed: 7,
    }),
  ]);
  const loadedSeconds = (performance.now() - startedAt) / 1000;
  stopProbe.abort();
  const latencies = await probing;
  const calls = (whole.acknowledgedSpans + revisedSpans) / 3;
  await drained(pipeline, calls);
  const drainSeconds = (performance.now() - startedAt) / 1000 - loadedSeconds;
  const usage = watch.stop();
  const disk = await diskFigures(pipeline, dataDir, calls);
  return {
    calls,
    'calls a second': calls / seconds,
    'seconds to drain': drainSeconds,
    ...usage,
    ...sealingShare(calls * (1 + Number(values.revised)), usage['cpu seconds'] ?? 0),
    ...latencies,
    ...disk,
  };
}

/** Measured apart, on records like these, since the ledger's thread does other things too. */
function sealingShare(leaves: number, cpuSeconds: number): Figures {
  const { sealUs, openUs } = measureSealing();
  return {
    'sealing us a leaf': sealUs,
    'sealing % of the cpu': (100 * leaves * sealUs) / 1e6 / cpuSeconds,
    'opening payloads us a leaf': openUs,
  };
}

async function loadWhole(
  pipeline: Pipeline,
  callsPerSecond: number,
  seconds: number,
): Promise<LoadResult> {
  const url = new URL(pipeline.otlpHttp);
  const { stdout } = await runFile(process.execPath, [
    'bench/load/otlp-load.ts',
    `--host=${url.hostname}`,
    `--port=${url.port}`,
    `--key=${pipeline.producerKey}`,
    `--spans=${CALLS_PER_REQUEST * 3}`,
    '--connections=8',
    `--seconds=${seconds}`,
    `--rate=${callsPerSecond / CALLS_PER_REQUEST}`,
  ]);
  return JSON.parse(stdout) as LoadResult;
}

/** Waits until every call has its record; the probes' own calls come on top. */
async function drained(pipeline: Pipeline, calls: number): Promise<void> {
  await eventually(
    () => countCalls(pipeline),
    (count) => count >= calls,
    600_000,
  );
  const { producers } = await pipeline.ask<{ producers: readonly { balanced: boolean }[] }>(
    '/v1/reconciliation',
  );
  if (!producers.every(({ balanced }) => balanced)) throw new Error('The buckets do not balance.');
}

async function countCalls(pipeline: Pipeline): Promise<number> {
  const { total } = await pipeline.ask<{ total: number }>('/v1/counts?by=kind&kind=call');
  return total;
}

async function lagOf(pipeline: Pipeline): Promise<number> {
  const { lag } = await pipeline.ask<{ lag: readonly { behind: number }[] }>('/v1/reconciliation');
  return lag.reduce((sum, { behind }) => sum + behind, 0);
}

/** Sends a whole call of its own now and then, and asks for it until it is there. */
async function probe(pipeline: Pipeline, signal: AbortSignal): Promise<Figures> {
  const took: number[] = [];
  while (!signal.aborted) {
    took.push(await probeOnce(pipeline));
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
  }
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
  return {
    'queryable after ms p50': at(0.5),
    'queryable after ms p95': at(0.95),
    probes: took.length,
  };
}

async function probeOnce(pipeline: Pipeline): Promise<number> {
  const traceId = randomBytes(16).toString('hex');
  const [client, server] = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
  const nowMs = Date.now();
  const attributes = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'probe' };
  const told = { traceId, name: 'tools/call probe', startMs: nowMs - 10, endMs: nowMs, attributes };
  const spans = [
    { ...told, spanId: client, kind: 3 },
    { ...told, spanId: server, parentSpanId: client, kind: 2 },
  ];
  const startedAt = performance.now();
  await postTraces(pipeline, otlpJson({ spans }));
  await eventually(
    () => pipeline.ask<{ records: readonly unknown[] }>(`/v1/records?trace=${traceId}`),
    ({ records }) => records.length > 0,
    120_000,
  );
  return performance.now() - startedAt;
}

async function diskFigures(pipeline: Pipeline, dataDir: string, calls: number): Promise<Figures> {
  await pipeline.stop();
  return {
    'log bytes a call': (await folderBytes(join(dataDir, 'log'))) / calls,
    'store bytes a call': (await folderBytes(join(dataDir, 'store'))) / calls,
  };
}

function toTable(figures: Figures): string {
  const rows = Object.entries(figures).map(
    ([name, value]) => `| ${name} | ${value.toLocaleString('en', { maximumFractionDigits: 1 })} |`,
  );
  return ['| figure | value |', '| --- | --- |', ...rows].join('\n');
}
