import process from 'node:process';
import { createEngine } from '../enricher/engine.ts';
import type { EngineOptions } from '../enricher/engine.ts';
import { decodeTraces } from '../otlp/decode-traces.ts';
import type { Span } from '../otlp/span.ts';
import type { StateChange } from '../event-log/event-log.ts';
import { encodeAuditRecord } from '../schemas/avro-codec.ts';
import type { AuditRecord } from '../schemas/record-types.ts';
import { createRequestTemplate } from './load/mcp-request.ts';

/**
 * CPU of the enricher's core a call of three spans, without the log: decoding, engine, state blobs, Avro. One call in ten is sent in two
 * parts and so revised. Run: `node bench/enrich.ts [calls] [mixed]`; `mixed` writes the calls in five emitters' ways in turn.
 */
const calls = Number(process.argv[2] ?? 60_000);
const isMixed = process.argv[3] === 'mixed';
const CALLS_A_MESSAGE = 40;
const MESSAGES_A_COMMIT = 25;
const START_MS = Date.UTC(2026, 10, 21);

const options: EngineOptions = {
  partition: 0,
  quietMsMax: 1000,
  openMsMax: 10_000,
  indexMsMax: 72 * 3_600_000,
  cachedSpansMax: 50_000,
  traceSpansMax: 20_000,
  expiredPerCommitMax: 1000,
  revisionMsMax: 24 * 3_600_000,
  revisionsMax: 1000,
  joinMsMax: 5000,
  dueRecordsMax: 2000,
  duePayloadBytesMax: 16 * 1024 * 1024,
};

const dialects = [
  { scope: 'mcp-python-sdk', prefix: 'MCP send tools/call ', keys: { 'gen_ai.tool.name': '' } },
  { scope: 'fastmcp', prefix: 'tools/call ', keys: {} },
  { scope: 'agentgateway', prefix: 'tools/call ', keys: { 'mcp.server.name': 'mcp.target' } },
  {
    scope: 'github.com/stacklok/toolhive/pkg/telemetry',
    prefix: 'tools/call ',
    keys: { 'mcp.method.name': 'mcp.method', 'gen_ai.tool.name': 'mcp.tool.name' },
  },
  { scope: 'waybill-load', prefix: 'tools/call ', keys: {} },
];

type Spent = { decode: number; step: number; drain: number; encode: number };
const spent: Spent = { decode: 0, step: 0, drain: 0, encode: 0 };
const totals = {
  records: 0,
  revisions: 0,
  recordBytes: 0,
  stateBytes: 0,
  stateChanges: 0,
  spanBytes: 0,
};

const template = createRequestTemplate(CALLS_A_MESSAGE * 3, 1);
/** Of so many calls of a message the outermost span comes later. */
const LATE_CALLS = CALLS_A_MESSAGE / 10;

const state = new Map<string, Uint8Array>();
const engine = createEngine(options, {
  getState: (key) => state.get(key),
  // The bench ends long before anything is forgotten, and nothing waits at its start.
  scanState: () => [],
});

run();
report();

function run(): void {
  let offset = 0;
  let nowMs = START_MS;
  const late: { readonly dueMs: number; readonly spans: readonly Span[] }[] = [];
  const messages = Math.ceil(calls / CALLS_A_MESSAGE);
  for (let index = 0; index < messages; index += 1) {
    nowMs += 3;
    template.refresh(nowMs);
    const spans = decode(Buffer.from(template.bytes));
    const isLate = (_: Span, at: number) => at % 3 === 0 && at < LATE_CALLS * 3;
    step(
      spans.filter((span, at) => !isLate(span, at)),
      offset++,
      nowMs,
    );
    late.push({ dueMs: nowMs + 1500, spans: spans.filter(isLate) });
    while (late[0] && late[0].dueMs <= nowMs) step(late.shift()?.spans ?? [], offset++, nowMs);
    if (index % MESSAGES_A_COMMIT === MESSAGES_A_COMMIT - 1) commit();
  }
  encode(engine.step({ kind: 'tick', offset, appendTimeMs: nowMs + 20_000 }));
  commit();
}

function decode(bytes: Buffer): readonly Span[] {
  const started = cpuMs();
  const spans = decodeTraces(bytes);
  spent.decode += cpuMs() - started;
  totals.spanBytes += bytes.length;
  return isMixed ? spans.map((span, at) => inDialect(span, Math.floor(at / 3))) : spans;
}

/** The span as another emitter writes it: its scope, and its own keys for the tool and the method. */
function inDialect(span: Span, call: number): Span {
  const written = dialects[call % dialects.length];
  if (!written) return span;
  const attributes = new Map(span.attributes);
  for (const [key, renamed] of Object.entries(written.keys)) {
    const value = attributes.get(key);
    if (value === undefined) continue;
    attributes.delete(key);
    if (renamed !== '') attributes.set(renamed, value);
  }
  const said = span.attributes.get('gen_ai.tool.name');
  const tool = typeof said === 'string' ? said : '';
  return { ...span, attributes, scopeName: written.scope, name: `${written.prefix}${tool}` };
}

function step(spans: readonly Span[], offset: number, appendTimeMs: number): void {
  const started = cpuMs();
  const records = engine.step({
    kind: 'spans',
    offset,
    appendTimeMs,
    tenant: 'default',
    producer: 'demo',
    trust: 'application',
    accepted: spans.length,
    spans,
  });
  spent.step += cpuMs() - started;
  encode(records);
}

function encode(records: readonly AuditRecord[]): void {
  const started = cpuMs();
  for (const record of records) {
    totals.recordBytes += encodeAuditRecord(record).length;
    if (record.revision > 0) totals.revisions += 1;
  }
  totals.records += records.length;
  spent.encode += cpuMs() - started;
}

function commit(): void {
  const started = cpuMs();
  const changes = engine.drain();
  spent.drain += cpuMs() - started;
  apply(changes);
}

/** CPU of this thread, so that a busy machine does not show; the garbage collector's threads run beside it. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function apply(changes: readonly StateChange[]): void {
  totals.stateChanges += changes.length;
  for (const { key, value } of changes) {
    totals.stateBytes += value?.length ?? 0;
    if (value === null) state.delete(key);
    else state.set(key, value);
  }
}

function report(): void {
  const perCall = (ms: number) => ((ms * 1000) / calls).toFixed(1);
  const sum = spent.decode + spent.step + spent.drain + spent.encode;
  console.log(`calls ${calls}, records ${totals.records}, of them revisions ${totals.revisions}`);
  console.log(
    `calls a second of one core: ${Math.round((calls * 1000) / sum)}, µs a span: ${((sum * 1000) / calls / 3).toFixed(1)}`,
  );
  console.log(
    `µs a call: ${perCall(sum)} = decode ${perCall(spent.decode)} + engine ${perCall(spent.step)}` +
      ` + state ${perCall(spent.drain)} + Avro ${perCall(spent.encode)}`,
  );
  console.log(
    `bytes a call: spans ${Math.round(totals.spanBytes / calls)}, records ` +
      `${Math.round(totals.recordBytes / calls)}, state ${Math.round(totals.stateBytes / calls)}` +
      ` in ${(totals.stateChanges / calls).toFixed(2)} changes`,
  );
  console.log('where it goes: node --cpu-prof bench/enrich.ts');
}
