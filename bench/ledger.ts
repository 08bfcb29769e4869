// How fast the ledger seals, and how large its rows are. `node bench/ledger.ts [records]`; prints one table.
import { hash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbeddedLog } from '../event-log/embedded.ts';
import type { LogMessage } from '../event-log/event-log.ts';
import { startLedger } from '../ledger/main.ts';
import { readRecord, recordsLogId } from '../ledger/read-record.ts';
import { emptyRange } from '../integrity/compact-range.ts';
import { LEAF_VERSION } from '../ledger/leaf.ts';
import { seal, understand } from '../ledger/seal.ts';
import type { RecordStore } from '../record-store/clickhouse.ts';
import { decodeAuditRecord, encodeAuditRecord } from '../schemas/avro-codec.ts';
import { topics } from '../schemas/topics.ts';
import { startTestStore } from '../test/support/test-store.ts';
import type { RecordPlan } from './generated-records.ts';
import { generateRecords } from './generated-records.ts';
import { measureSealing } from './sealing-cost.ts';

const PARTITIONS = 4;
const count = Number(process.argv[2] ?? 200_000);
const plan: RecordPlan = {
  count: 20_000,
  seed: 1,
  startUs: Date.now() * 1000 - 3_600e6,
  stepUs: 200,
  tenants: ['default'],
  revisedOneIn: 10,
  payloadChars: 330,
};

type Line = readonly [what: string, figure: string];
const lines: Line[] = [];

const values = generateRecords(plan).map((record) => encodeAuditRecord(record));
lines.push([
  'record in the log, bytes',
  round(sum(values.map(({ length }) => length)) / values.length),
]);
lines.push([
  'SHA-256 of 4,096 bytes, µs (what this machine gives right now)',
  sha256Us().toFixed(1),
]);
measureCodec();
measureSealed();
measureSeal();
await measureLedger();
for (const [what, figure] of lines) console.log(`| ${what} | ${figure} |`);
process.exit(0);

function sha256Us(): number {
  const bytes = Buffer.alloc(4096, 7);
  return (
    best(() => values.slice(0, 5_000).forEach(() => void hash('sha256', bytes, 'buffer'))) / 5_000
  );
}

/** Microseconds of this process' CPU time. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function measureCodec(): void {
  const records = values.slice(0, 5_000).map((value) => decodeAuditRecord(value));
  const encodeUs = best(() => records.forEach((record) => void encodeAuditRecord(record)));
  const decodeUs = best(() =>
    values.slice(0, 5_000).forEach((value) => void decodeAuditRecord(value)),
  );
  lines.push(['Avro encoding, µs a record', (encodeUs / 5_000).toFixed(1)]);
  lines.push(['Avro decoding, µs a record', (decodeUs / 5_000).toFixed(1)]);
}

function measureSealed(): void {
  const { sealUs, openUs, leafBytes } = measureSealing();
  lines.push(['sealing (leaf bytes, hash, tree), µs a leaf', sealUs.toFixed(1)]);
  lines.push(['opening its payload and salts, µs a leaf', openUs.toFixed(1)]);
  lines.push(['leaf, bytes before compression', round(leafBytes)]);
}

function measureSeal(): void {
  const logId = recordsLogId(0);
  const messages = values.slice(0, 2_500).map((value, offset): LogMessage => {
    const address = { topic: topics.records, partition: 0, key: null, headers: {} };
    return { ...address, value, offset, appendTimeMs: 0 };
  });
  const streamOf = () => ({ seq: 0, prev: null });
  const start = { logId, tree: emptyRange, from: 0, version: LEAF_VERSION, streamOf };
  const keys = messages.map(() => Buffer.alloc(32, 7));
  const us = best(() => {
    const read = messages.map((message) => understand(message, readRecord));
    const { blocks } = seal(start, read, keys);
    for (const block of Object.values(blocks)) block.bytes();
  });
  lines.push(['decode, leaf, hash and rows, µs a record', (us / messages.length).toFixed(1)]);
}

/** The least CPU time of several runs. */
function best(action: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 8; run += 1) {
    const before = cpuUs();
    action();
    least = Math.min(least, cpuUs() - before);
  }
  return least;
}

/** The backlog of `count` records through log, ledger and engine. */
async function measureLedger(): Promise<void> {
  const store = await startTestStore();
  const logDirectory = join(store.folder, 'log');
  const log = await openEmbeddedLog({ folder: logDirectory, partitions: PARTITIONS });
  for (let done = 0; done < count; done += plan.count) {
    const seed = done + 2;
    const startUs = plan.startUs + done * plan.stepUs;
    const records = generateRecords({
      ...plan,
      seed,
      startUs,
      count: Math.min(plan.count, count - done),
    });
    const messages = records.map((record, at) => {
      const value = encodeAuditRecord(record);
      const partition = at % PARTITIONS;
      return { topic: topics.records, partition, key: record.callId, headers: {}, value };
    });
    for (let at = 0; at < messages.length; at += 1_000)
      await log.append(messages.slice(at, at + 1_000));
  }
  const masterKeyFile = join(store.folder, 'master.key');
  writeFileSync(masterKeyFile, 'ab'.repeat(32), { mode: 0o600 });
  const reader = await store.as('reader');
  const { username, passwordFile } = store.engine.credentials.writer;
  const engineBeforeUs = engineCpuUs(store.engine.pid());
  const beforeUs = cpuUs();
  const startedMs = performance.now();
  const ledger = await startLedger({
    logDirectory,
    partitions: PARTITIONS,
    masterKeyFile,
    traceKeysFolder: join(store.folder, 'traces'),
    signerFolder: join(store.folder, 'signer'),
    store: { url: store.engine.url, username, passwordFile },
  });
  while ((await sealed(reader)) < count) await sleep(50);
  const seconds = (performance.now() - startedMs) / 1000;
  lines.push(['backlog drained, records/s', round(count / seconds)]);
  lines.push(['CPU of ledger, µs a record', ((cpuUs() - beforeUs) / count).toFixed(1)]);
  const engineUs = (engineCpuUs(store.engine.pid()) - engineBeforeUs) / count;
  lines.push(['CPU of engine so far, µs a record', engineUs.toFixed(1)]);
  await ledger.stop();
  await log.close();
  await measureBytes(await store.as('migrator'));
  await store.stop();
}

async function sealed(reader: RecordStore): Promise<number> {
  const [row] = await reader.query<{ n: number }>({
    sql: 'SELECT count() AS n FROM waybill.leaves',
  });
  return row?.n ?? 0;
}

async function measureBytes(migrator: RecordStore): Promise<void> {
  for (const when of ['as written', 'merged'] as const) {
    if (when === 'merged') {
      for (const table of ['records', 'charges', 'payloads', 'leaves']) {
        await migrator.command(`OPTIMIZE TABLE waybill.${table} FINAL`);
      }
    }
    const rows = await migrator.query<{
      table: string;
      bytes: number;
      rows: number;
      parts: number;
    }>({
      sql: `SELECT table, sum(bytes_on_disk) AS bytes, sum(rows) AS rows, count() AS parts FROM system.parts
        WHERE active AND database = 'waybill' AND table != 'migrations' GROUP BY table ORDER BY table`,
    });
    for (const { table, bytes, rows: held, parts } of rows) {
      const each = (bytes / count).toFixed(0);
      lines.push([`${table} ${when}, bytes a call`, `${each} (${held} rows, ${parts} parts)`]);
    }
  }
}

/** User and system time of the engine's process, microseconds; ticks are 10 ms. */
function engineCpuUs(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

function round(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
