import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { EventLog } from '../../../event-log/event-log.ts';
import { decodeAuditRecord } from '../../../schemas/avro-codec.ts';
import { enricherRole } from '../../../schemas/state-keys.ts';
import { topics } from '../../../schemas/topics.ts';
import { hexId } from '../../unit/enricher/make-span.ts';
import { argumentsOf, traceName, tracesMax } from './open-traces.ts';

// A third of what the traces were asked with: a process that held it would be ended by its engine.
const HEAP_MIB_MAX = 40;
const BUFFER_BYTES_MAX = 64 * 1024 * 1024;

test(`${tracesMax} open traces with 120 MiB of arguments are held, and taken over and published by another process, in ${HEAP_MIB_MAX} MiB of heap; each record says what its call was asked`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-open-traces-'));
  try {
    expect(run('open', folder)).toBeLessThan(BUFFER_BYTES_MAX);
    await withLog(folder, async (log) => {
      const state = await log.inspect(enricherRole, 0);
      let bytes = 0;
      for (const [key, value] of state.scanState('t/')) {
        expect(Buffer.from(value).includes('asked-'), key).toBe(false);
        bytes += value.length;
      }
      expect(bytes / tracesMax).toBeLessThan(512);
      expect(count(state.scanState('p/'))).toBe(tracesMax);
    });
    expect(run('take-over', folder)).toBeLessThan(BUFFER_BYTES_MAX);
    await withLog(folder, async (log) => {
      const state = await log.inspect(enricherRole, 0);
      expect(count(state.scanState('p/')) + count(state.scanState('o/'))).toBe(0);
      await expectRecords(log);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);

/** Gives how many bytes of buffers the process held at most. */
function run(mode: string, folder: string): number {
  const program = join(import.meta.dirname, 'open-traces-process.ts');
  const heap = [`--max-old-space-size=${HEAP_MIB_MAX}`, '--max-semi-space-size=4'];
  const flags = [...heap, '--expose-gc'];
  const ended = spawnSync(process.execPath, [...flags, program, mode, folder], {
    encoding: 'utf8',
  });
  expect(ended.status, ended.stderr.slice(-2000)).toBe(0);
  const { buffersMax }: { buffersMax: number } = JSON.parse(ended.stdout);
  return buffersMax;
}

async function withLog(folder: string, look: (log: EventLog) => Promise<void>): Promise<void> {
  const log = await openEmbeddedLog({ folder, partitions: 1 });
  try {
    await look(log);
  } finally {
    await log.close();
  }
}

async function expectRecords(log: EventLog): Promise<void> {
  const traces = new Map(
    Array.from({ length: tracesMax }, (_, trace) => [hexId(traceName(trace), 32), trace]),
  );
  const seen = new Set<number>();
  for (let offset = 0; ;) {
    const from = { topic: topics.records, partition: 0, offset };
    const limits = { messagesMax: 500, bytesMax: 16 * 1024 * 1024, waitMsMax: 0 };
    const messages = await log.read(from, limits);
    for (const message of messages) {
      offset = message.offset + 1;
      const { facts, payload } = decodeAuditRecord(message.value ?? Buffer.alloc(0));
      const trace = traces.get(facts.traceId) ?? -1;
      seen.add(trace);
      const [asked, ...others] = payload.map(({ value }) => Buffer.from(value).toString());
      expect([asked === argumentsOf(trace), others], `trace ${trace}`).toEqual([true, []]);
    }
    if (messages.length === 0) break;
  }
  expect(seen.size).toBe(tracesMax);
}

function count(entries: Iterable<unknown>): number {
  let counted = 0;
  for (const _ of entries) counted += 1;
  return counted;
}
