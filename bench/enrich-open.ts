// What open traces cost, how fast another process takes them over, and how soon records come, on the real log: `node bench/enrich-open.ts
// [traces] [calls]`. A trace is open while its call waits for its other side.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseEnricherConfig } from '../enricher/config.ts';
import type { EngineOptions } from '../enricher/engine.ts';
import { createEngine } from '../enricher/engine.ts';
import { startEnricher } from '../enricher/main.ts';
import { openEmbeddedLog } from '../event-log/embedded.ts';
import type { EventLog } from '../event-log/event-log.ts';
import { decodeTraces } from '../otlp/decode-traces.ts';
import { decodeAuditRecord } from '../schemas/avro-codec.ts';
import { enricherRole } from '../schemas/state-keys.ts';
import { headerNames, topics } from '../schemas/topics.ts';
import { folderBytes } from './load/folder-bytes.ts';
import { createRequestTemplate } from './load/mcp-request.ts';

const START_MS = Date.UTC(2026, 10, 21);
const OPEN_MS = 600_000;
const TRACES_A_MESSAGE = 50;
const MESSAGES_A_COMMIT = 20;
const partition = 0;

const options: EngineOptions = {
  ...parseEnricherConfig({ logDirectory: 'none' }),
  partition,
  quietMsMax: OPEN_MS,
  openMsMax: OPEN_MS,
};

const [first = '', second = ''] = process.argv.slice(2);
if (first === 'take-over') await takeOver(second);
else await measure(Number(first || 100_000), Number(second || 400));

async function measure(traces: number, calls: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-enrich-'));
  try {
    await measureOpen(folder, traces);
    const script = fileURLToPath(import.meta.url);
    const taken = spawnSync(process.execPath, ['--expose-gc', script, 'take-over', folder], {
      encoding: 'utf8',
    });
    process.stdout.write(taken.stdout + taken.stderr);
    await measureLatency(join(folder, 'live'), calls);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Each trace a client's span, whose server never comes. */
async function measureOpen(folder: string, traces: number): Promise<void> {
  const log = await openEmbeddedLog({ folder, partitions: 1 });
  const owner = await log.openOwner(enricherRole, partition);
  const engine = createEngine(options, owner);
  const template = createRequestTemplate(TRACES_A_MESSAGE, 1, [0]);
  const before = memory();
  let offset = 0;
  while (offset * TRACES_A_MESSAGE < traces) {
    template.refresh(START_MS + offset);
    const spans = decodeTraces(Buffer.from(template.bytes));
    const at = { offset, appendTimeMs: START_MS + offset };
    const sender = { tenant: 'default', producer: 'demo', trust: 'application' } as const;
    engine.step({ ...at, ...sender, kind: 'spans', accepted: spans.length, spans });
    offset += 1;
    if (offset % MESSAGES_A_COMMIT === 0 || offset * TRACES_A_MESSAGE >= traces) {
      const positions = [{ topic: topics.spans, partition, offset }];
      await owner.commit({ positions, appends: [], state: engine.drain() });
    }
  }
  const after = memory();
  row('open traces', String(traces));
  row('memory an open trace, bytes (heap and buffers)', ((after - before) / traces).toFixed(0));
  row('on disk an open trace, bytes', ((await folderBytes(folder)) / traces).toFixed(0));
  await owner.close();
  await log.close();
}

/** What the process that takes a partition over does, from its start until it has published every call that waited. */
async function takeOver(folder: string): Promise<void> {
  const log = await openEmbeddedLog({ folder, partitions: 1 });
  const started = performance.now();
  const owner = await log.openOwner(enricherRole, partition);
  let published = 0;
  const engine = createEngine(options, owner, undefined, () => (published += 1));
  const dueMs = engine.nextDeadlineMs() ?? 0;
  const ready = performance.now();
  const tick = { kind: 'tick', appendTimeMs: dueMs + OPEN_MS } as const;
  for (let offset = 1_000_000; engine.nextDeadlineMs() !== undefined; offset += 1) {
    engine.step({ ...tick, offset });
    engine.takeJoins();
    const positions = [{ topic: topics.spans, partition, offset: offset + 1 }];
    await owner.commit({ positions, appends: [], state: engine.drain() });
  }
  const done = performance.now();
  row(
    'takeover: owned, deadlines read, ready for the next span, s',
    ((ready - started) / 1000).toFixed(2),
  );
  row(
    `and all ${published} calls read back, published and committed, s`,
    ((done - ready) / 1000).toFixed(2),
  );
  await owner.close();
  await log.close();
}

/** Whole calls one by one; then calls whose client's span comes last. */
async function measureLatency(folder: string, calls: number): Promise<void> {
  const log = await openEmbeddedLog({ folder, partitions: 1 });
  const config = parseEnricherConfig({ logDirectory: folder, partitions: 1 });
  const enricher = await startEnricher(config);
  const whole = createRequestTemplate(3, 7);
  const appended = new Map<string, number>();
  const latencies: Latencies = { first: [], revision: [] };
  const seen = { offset: 0 };
  for (let call = 0; call < calls; call += 1) {
    whole.refresh(Date.now());
    await append(log, whole.bytes, 3, appended);
    await sleep(10);
    await collect(log, seen, appended, latencies);
  }
  await sleep(2500);
  await collect(log, seen, appended, latencies);
  report('last span to record, call complete, ms', latencies.first);
  latencies.first = [];
  await measureRevisions(log, Math.ceil(calls / 10), { seen, latencies });
  report('last span to record, a side missing, ms', latencies.first);
  report("parent's arrival to revision, ms", latencies.revision);
  await enricher.stop();
  await log.close();
}

type Latencies = Record<'first' | 'revision', number[]>;

type Seen = {
  readonly seen: { offset: number };
  readonly latencies: Latencies;
};

/** The server's and the gateway's spans, two seconds of silence, then the client's. */
async function measureRevisions(
  log: EventLog,
  calls: number,
  { seen, latencies }: Seen,
): Promise<void> {
  const inner = createRequestTemplate(2 * calls, 9, [1, 2]);
  const outer = createRequestTemplate(calls, 9, [0]);
  inner.refresh(Date.now());
  outer.refresh(Date.now());
  const appended = new Map<string, number>();
  await append(log, inner.bytes, 2 * calls, appended);
  for (let waited = 0; waited < 250; waited += 1) {
    await sleep(10);
    await collect(log, seen, appended, latencies);
  }
  await append(log, outer.bytes, calls, appended);
  for (let waited = 0; waited < 250; waited += 1) {
    await sleep(10);
    await collect(log, seen, appended, latencies);
  }
}

async function append(
  log: EventLog,
  bytes: Buffer,
  spans: number,
  appended: Map<string, number>,
): Promise<void> {
  const value = Buffer.from(bytes);
  const headers = {
    [headerNames.tenant]: 'default',
    [headerNames.producer]: 'demo',
    [headerNames.trust]: 'application',
    [headerNames.spans]: String(spans),
  };
  await log.append([{ topic: topics.spans, partition, key: null, headers, value }]);
  for (const { traceId } of decodeTraces(value)) appended.set(traceId, performance.now());
}

async function collect(
  log: EventLog,
  seen: { offset: number },
  appended: ReadonlyMap<string, number>,
  latencies: Latencies,
): Promise<void> {
  const from = { topic: topics.records, partition, offset: seen.offset };
  const limits = { messagesMax: 1000, bytesMax: 8 * 1024 * 1024, waitMsMax: 0 };
  for (const { offset, value } of await log.read(from, limits)) {
    seen.offset = offset + 1;
    const { facts, revision } = decodeAuditRecord(value ?? Buffer.alloc(0));
    const since = appended.get(facts.traceId);
    if (since === undefined) continue;
    latencies[revision === 0 ? 'first' : 'revision'].push(performance.now() - since);
  }
}

function report(what: string, latencies: readonly number[]): void {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]?.toFixed(0) ?? '–';
  row(`${what}: p50 · p95 (of ${sorted.length})`, `${at(0.5)} · ${at(0.95)}`);
}

function memory(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function row(what: string, figure: string): void {
  console.log(`| ${what} | ${figure} |`);
}
