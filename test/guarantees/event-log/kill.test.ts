import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { EventLog, LogMessage } from '../../../event-log/event-log.ts';
import { topics } from '../../../schemas/topics.ts';
import type { Topic } from '../../../schemas/topics.ts';
import type { WriterTask } from './killed-writer.ts';
import { seededRandom } from './killed-writer.ts';

const SEED = 20261121;
const ROUNDS = 24;
const ROUNDS_MAX = 96;
const PARTITIONS = [0, 1, 2, 3];
const DAY_MS = 24 * 60 * 60 * 1000;

type Acknowledged = { readonly batches: Set<string>; readonly positions: number[] };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-kill-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

test(`after each of ${ROUNDS} kills every acknowledged message is there once, in order, and every commit whole (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const acknowledged: Acknowledged = { batches: new Set(), positions: [0, 0, 0, 0] };
  let startMs = Date.parse('2026-01-01T00:00:00Z');
  // On a busy machine a writer may die before its first commit, time and again: then there are more rounds.
  const isIdle = (): boolean => Math.min(...acknowledged.positions) === 0;
  for (let round = 0; round < ROUNDS || (isIdle() && round < ROUNDS_MAX); round += 1) {
    const turnsDays = round % 4 === 3;
    const clockSpeed = turnsDays ? DAY_MS / 100 : 1;
    const seed = Math.floor(random() * 2 ** 31);
    const lifeMs = 10 + random() * 400;
    await runAndKill({ folder, round, seed, startMs, clockSpeed }, lifeMs, acknowledged);
    if (turnsDays) startMs += 20 * DAY_MS;
    await checkLog(acknowledged);
  }
  // The test would prove little had the writers not got to work, or never died with work in hand.
  expect(acknowledged.batches.size).toBeGreaterThan(ROUNDS * 2);
  expect(Math.min(...acknowledged.positions)).toBeGreaterThan(0);
}, 300_000);

async function runAndKill(
  task: WriterTask,
  lifeMs: number,
  acknowledged: Acknowledged,
): Promise<void> {
  const script = new URL('killed-writer.ts', import.meta.url).pathname;
  const env = { ...process.env, WRITER_TASK: JSON.stringify(task) };
  const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<string | null>((resolve) => {
    child.once('close', (_, signal) => resolve(signal));
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [what, first = '', second = ''] = line.split(' ');
    if (what === 'ready') setTimeout(() => child.kill('SIGKILL'), lifeMs);
    if (what === 'A') acknowledged.batches.add(first);
    if (what === 'C') acknowledged.positions[Number(first)] = Number(second);
  });
  expect(await ended).toBe('SIGKILL');
}

async function checkLog(acknowledged: Acknowledged): Promise<void> {
  const log = await openEmbeddedLog({ folder, partitions: 4 });
  const spans = await Promise.all(
    PARTITIONS.map((partition) => readAll(log, topics.spans, partition)),
  );
  for (const partition of PARTITIONS) {
    const own = spans[partition] ?? [];
    expect(own.map((message) => message.offset)).toEqual(own.map((_, index) => index));
    expectInOrder(own);
    await expectCommitsWhole(log, partition, own, acknowledged.positions[partition] ?? 0);
  }
  expectBatchesWhole(spans.flat().map(nameOf), acknowledged.batches);
  await log.close();
}

/** A writer's batches come in its order, and append times never fall. */
function expectInOrder(messages: readonly LogMessage[]): void {
  const places = messages.map((message) => {
    const [round = 0, batch = 0, index = 0] = nameOf(message).split('.').map(Number);
    return round * 1e9 + batch * 10 + index;
  });
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(new Set(places).size).toBe(places.length);
  const times = messages.map((message) => message.appendTimeMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
}

/** Records, position and state are all of the same commit: each span up to the position is there as a record, once. */
async function expectCommitsWhole(
  log: EventLog,
  partition: number,
  spans: readonly LogMessage[],
  acknowledgedPosition: number,
): Promise<void> {
  const view = await log.inspect('enricher', partition);
  const position = view.position(topics.spans, partition);
  expect(position).toBeGreaterThanOrEqual(acknowledgedPosition);
  const records = await readAll(log, topics.records, partition);
  expect(records.map(nameOf)).toEqual(spans.slice(0, position).map(nameOf));
  const stored = Buffer.from(view.getState('position') ?? []).toString();
  expect(Number(stored)).toBe(position);
  let counted = 0;
  for (const [, value] of view.scanState('chunk/'))
    counted += Number(Buffer.from(value).toString());
  expect(counted).toBe(position);
}

function expectBatchesWhole(names: readonly string[], acknowledged: ReadonlySet<string>): void {
  const missing = new Map<string, number>();
  for (const name of names) {
    const [round, batch, , size] = name.split('.');
    const key = `${round}.${batch}`;
    missing.set(key, (missing.get(key) ?? Number(size)) - 1);
  }
  expect([...missing].filter(([, left]) => left !== 0)).toEqual([]);
  expect([...acknowledged].filter((batch) => !missing.has(batch))).toEqual([]);
}

async function readAll(log: EventLog, topic: Topic, partition: number): Promise<LogMessage[]> {
  const limits = { messagesMax: 1_000_000, bytesMax: 2 ** 31, waitMsMax: 0 };
  return [...(await log.read({ topic, partition, offset: 0 }, limits))];
}

function nameOf(message: LogMessage): string {
  return Buffer.from(message.value ?? [])
    .toString()
    .trimEnd();
}
