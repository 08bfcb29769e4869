import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedLog } from '../event-log/embedded.ts';
import type { NewMessage } from '../event-log/event-log.ts';
import { topics } from '../schemas/topics.ts';

/**
 * What the embedded log costs: `node bench/event-log.ts [folder]`. Each line is the median of five runs: calls and messages a second,
 * and CPU of the whole process (writing, syncing, compressing) a message.
 */
const RUNS = 5;
const SPAN_TEXT = Array.from({ length: 40 }, (_, index) => `gen_ai.tool.call.arg${index}`).join('');
const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'waybill-bench-log-'));
const log = await openEmbeddedLog({ folder, partitions: 4 });
const headers = Object.freeze({
  tenant: 'default',
  producer: 'bench',
  trust: 'gateway',
  spans: '1',
});

try {
  await measure('append 1 × 850 B, one at a time', 500, 1, () => log.append([span(0, 850)]));
  await measure('append 1 × 850 B, 256 at once', 20_000, 1, () => log.append([span(0, 850)]), 256);
  await measure('append 100 × 850 B', 300, 100, () => log.append(spans(100, 850)));
  await measure('append 8 × 100 KB', 60, 8, () => log.append(spans(8, 100_000)));
  await measureReads();
  await measureOwner();
} finally {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(
  name: string,
  calls: number,
  messagesACall: number,
  call: () => Promise<void>,
  atOnce = 1,
): Promise<void> {
  const runs: { seconds: number; cpuSeconds: number }[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const cpu = process.cpuUsage();
    const startMs = performance.now();
    let left = calls;
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await call();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    const used = process.cpuUsage(cpu);
    const cpuSeconds = (used.user + used.system) / 1e6;
    runs.push({ seconds: (performance.now() - startMs) / 1000, cpuSeconds });
  }
  const seconds = median(runs.map((run) => run.seconds));
  const cpuMicros = (median(runs.map((run) => run.cpuSeconds)) * 1e6) / (calls * messagesACall);
  const rate = (count: number): string => Math.round(count / seconds).toLocaleString('en');
  print(
    name,
    `${rate(calls)} calls/s, ${rate(calls * messagesACall)} messages/s, ${cpuMicros.toFixed(1)} µs CPU a message`,
  );
}

async function measureReads(): Promise<void> {
  const { end } = await log.range(topics.spans, 1);
  const micros: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const startMs = performance.now();
    let offset = 0;
    let count = 0;
    while (offset < end && count < 20_000) {
      const from = { topic: topics.spans, partition: 1, offset };
      const read = await log.read(from, { messagesMax: 500, bytesMax: 1 << 22, waitMsMax: 0 });
      count += read.length;
      offset = (read.at(-1)?.offset ?? end) + 1;
    }
    micros.push(((performance.now() - startMs) * 1000) / count);
  }
  print('read spans of 850 B and 100 KB mixed', `${median(micros).toFixed(2)} µs a message`);
}

/** A commit as the enricher makes it: 100 records of 1.2 KB, 300 state changes, a position. */
async function measureOwner(): Promise<void> {
  const owner = await log.openOwner('bench', 0);
  let turn = 0;
  const commit = (): Promise<void> => {
    turn += 1;
    return owner.commit({
      positions: [{ topic: topics.spans, partition: 0, offset: turn }],
      appends: Array.from({ length: 100 }, () => ({ ...span(0, 1200), topic: topics.records })),
      state: Array.from({ length: 300 }, (_, index) => ({
        key: `default/trace/${(turn * 7919 + index) % 60_000}`,
        value: bytes(200),
      })),
    });
  };
  await measure('commit 100 × 1.2 KB + 300 state changes', 100, 100, commit);
  const micros: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const startMs = performance.now();
    let found = 0;
    for (let index = 0; index < 50_000; index += 1) {
      if (owner.getState(`default/trace/${(index * 7919) % 60_000}`) !== undefined) found += 1;
    }
    micros.push(((performance.now() - startMs) * 1000) / 50_000);
    if (found === 0) throw new Error('no state was found');
  }
  print('getState', `${median(micros).toFixed(2)} µs`);
}

function spans(count: number, size: number): NewMessage[] {
  return Array.from({ length: count }, (_, index) => span(index % 4, size));
}

function span(partition: number, size: number): NewMessage {
  return { topic: topics.spans, partition, key: null, headers, value: bytes(size) };
}

/** Like packed spans: each 850 bytes are the same text but for ids and a few values. Compresses about five-fold. */
function bytes(size: number): Uint8Array {
  const value = Buffer.alloc(size, SPAN_TEXT);
  for (let at = 0; at + 4 <= size; at += 850) {
    for (let id = at; id < Math.min(at + 110, size - 4); id += 4) {
      value.writeUInt32BE(Math.floor(Math.random() * 2 ** 32), id);
    }
  }
  return value;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function print(name: string, result: string): void {
  console.log(`${name.padEnd(42)} ${result}`);
}
