import { writeSync } from 'node:fs';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { EventLog, NewMessage } from '../../../event-log/event-log.ts';
import { topics } from '../../../schemas/topics.ts';

/**
 * The process that gets killed. Its first thread appends batches to all partitions of spans, several calls at a time; its second
 * copies them to records as the enricher does, with position and a count. What was acknowledged is told on stdout by
 * synchronous writes, so that the kernel has it when the process is gone: `A batch`, `C partition position`.
 */
export type WriterTask = {
  readonly folder: string;
  readonly round: number;
  readonly seed: number;
  readonly startMs: number;
  /** How much faster than time the clock runs: so that days turn while we write. */
  readonly clockSpeed: number;
};

const PARTITIONS = 4;
const say = (line: string): void => {
  writeSync(1, `${line}\n`);
};

/** Mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function message(partition: number, name: string, bytes: number): NewMessage {
  const value = Buffer.alloc(Math.max(bytes, name.length + 1), ' ');
  value.write(name);
  return { topic: topics.spans, partition, key: null, headers: {}, value };
}

/** Names say which batch a message belongs to and how many it has: `round.batch.index.size`. */
async function appendForever(log: EventLog, task: WriterTask): Promise<never> {
  const random = seededRandom(task.seed);
  let batch = 0;
  const inFlight = new Set<Promise<void>>();
  for (;;) {
    const number = batch;
    const size = 1 + Math.floor(random() * 6);
    const messages = Array.from({ length: size }, (_, index) => {
      const bytes = random() < 0.05 ? 30_000 : 40;
      const name = `${task.round}.${number}.${index}.${size}`;
      return message(Math.floor(random() * PARTITIONS), name, bytes);
    });
    const call = appendAndSay(log, messages, `A ${task.round}.${number}`);
    const settled = call.finally(() => inFlight.delete(settled));
    inFlight.add(settled);
    batch += 1;
    if (inFlight.size >= 1 + Math.floor(random() * 8)) await Promise.race(inFlight);
  }
}

async function appendAndSay(log: EventLog, messages: NewMessage[], line: string): Promise<void> {
  await log.append(messages);
  say(line);
}

async function copyForever(log: EventLog, partition: number): Promise<never> {
  const owner = await log.openOwner('enricher', partition);
  let offset = owner.position(topics.spans, partition);
  for (;;) {
    const from = { topic: topics.spans, partition, offset };
    const read = await log.read(from, { messagesMax: 20, bytesMax: 1e6, waitMsMax: 1000 });
    if (read.length === 0) continue;
    offset = (read.at(-1)?.offset ?? offset) + 1;
    await owner.commit({
      positions: [{ topic: topics.spans, partition, offset }],
      appends: read.map((span) => ({ ...span, topic: topics.records })),
      state: [
        { key: 'position', value: Buffer.from(String(offset)) },
        { key: `chunk/${offset}`, value: Buffer.from(String(read.length)) },
      ],
    });
    say(`C ${partition} ${offset}`);
  }
}

async function main(task: WriterTask): Promise<void> {
  const clock = (): number => task.startMs + performance.now() * task.clockSpeed;
  const limits = { diskFreeBytesMin: 0, requiredReaders: [] };
  const log = await openEmbeddedLog({ folder: task.folder, partitions: 4, limits, clock });
  if (isMainThread) {
    const copier = new Worker(new URL(import.meta.url), { workerData: { task } });
    copier.once('error', (error) => {
      console.error(error);
      process.exit(1);
    });
    say('ready');
    await appendForever(log, task);
  }
  await Promise.all(
    Array.from({ length: PARTITIONS }, (_, partition) => copyForever(log, partition)),
  );
}

const given: unknown = isMainThread
  ? JSON.parse(process.env['WRITER_TASK'] ?? 'null')
  : Object(workerData).task;
if (given !== null && given !== undefined) await main(given as WriterTask);
