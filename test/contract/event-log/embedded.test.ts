import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BackPressureLimits } from '../../../event-log/back-pressure.ts';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import type { EventLog, NewMessage } from '../../../event-log/event-log.ts';
import { openEnvironment } from '../../../event-log/journal.ts';
import { topics } from '../../../schemas/topics.ts';
import type { ElsewhereJob } from './elsewhere.ts';
import type { LogPlace } from './event-log-contract.ts';
import { span, testEventLogContract } from './event-log-contract.ts';

const plenty = { diskFreeBytesMin: 0, lagMsMax: Infinity, requiredReaders: [] };

testEventLogContract('embedded', createPlace);

function createPlace(): Promise<LogPlace> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-log-'));
  let timeMs: number | undefined;
  return Promise.resolve({
    setTime: (fixedMs) => {
      timeMs = fixedMs;
    },
    open: () =>
      openEmbeddedLog({ folder, partitions: 4, limits: plenty, clock: () => timeMs ?? Date.now() }),
    elsewhere: (job) => runInThread(folder, job),
    destroy: () => {
      rmSync(folder, { recursive: true, force: true });
      return Promise.resolve();
    },
  });
}

function runInThread(folder: string, job: ElsewhereJob): Promise<string> {
  return new Promise((resolve, reject) => {
    const workerData = { folder, job };
    const worker = new Worker(new URL('elsewhere.ts', import.meta.url), { workerData });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

describe('the embedded event log', () => {
  let folder: string;
  let nowMs: number;
  const opened: EventLog[] = [];
  const open = async (limits: Partial<BackPressureLimits> = plenty): Promise<EventLog> => {
    const log = await openEmbeddedLog({ folder, partitions: 2, limits, clock: () => nowMs });
    opened.push(log);
    return log;
  };
  const files = (): string[] => readdirSync(folder).filter((name) => /^spans-.*\.mdb$/u.test(name));
  const read = async (log: EventLog, partition: number): Promise<string[]> => {
    const from = { topic: topics.spans, partition, offset: 0 };
    const limits = { messagesMax: 100, bytesMax: 1e9, waitMsMax: 0 };
    const messages = await log.read(from, limits);
    return messages.map(
      (message) => `${message.offset} ${Buffer.from(message.value ?? []).toString()}`,
    );
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'waybill-log-'));
    nowMs = Date.parse('2026-11-21T12:00:00Z');
  });
  afterEach(async () => {
    for (const log of opened.splice(0)) await log.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('refuses another process while it is open, and lets it in afterwards', async () => {
    const log = await open();
    const program = `
      import { openEmbeddedLog } from ${JSON.stringify(new URL('../../../event-log/embedded.ts', import.meta.url).href)};
      try { await (await openEmbeddedLog({ folder: ${JSON.stringify(folder)} })).close(); console.log('opened'); }
      catch (error) { console.log(error.message); }`;
    const attempt = (): string =>
      spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
        .stdout;
    expect(attempt()).toContain(`EVENT_LOG_LOCKED: ${folder} is in use by process ${process.pid}`);
    await log.close();
    expect(attempt().trim()).toBe('opened');
    await open();
  });

  test('keeps the partition count it was born with', async () => {
    const born = await openEmbeddedLog({ folder, partitions: 2 });
    expect(born.partitions).toBe(2);
    await born.close();
    await expect(openEmbeddedLog({ folder, partitions: 3 })).rejects.toMatchObject({
      code: 'EVENT_LOG_PARTITIONS_DIFFER',
    });
    const asItIs = await openEmbeddedLog({ folder });
    expect(asItIs.partitions).toBe(2);
    await asItIs.close();
  });

  test('begins a file each day, with offsets and append times that run on', async () => {
    const [log, other] = [await open(), await open()];
    await log.append([span(0, 'a'), span(1, 'b')]);
    nowMs = Date.parse('2026-11-22T00:00:01Z');
    await log.append([span(0, 'c')]);
    await other.append([span(0, 'd'), span(1, 'e')]);
    nowMs = Date.parse('2026-11-24T08:00:00Z');
    await other.append([span(0, 'f')]);
    expect(files()).toHaveLength(3);
    for (const handle of [log, other]) {
      expect(await read(handle, 0)).toEqual(['0 a', '1 c', '2 d', '3 f']);
      expect(await read(handle, 1)).toEqual(['0 b', '1 e']);
    }
    expect(await log.range(topics.spans, 0)).toEqual({ start: 0, end: 4 });
  });

  test('drops whole days of spans once every required reader is past them', async () => {
    const log = await open();
    await log.append([span(0, 'a'), span(1, 'b')]);
    nowMs = Date.parse('2026-11-22T12:00:00Z');
    await log.append([span(0, 'c')]);
    const before = Date.parse('2026-11-22T00:00:00Z');
    const reader = (partition: number): Promise<void> => commitPosition(log, partition, 1);
    await reader(0);
    const heldBack = { droppedMessages: 0, heldBackBy: ['enricher'] };
    expect(await log.trim(topics.spans, before, ['enricher'])).toEqual(heldBack);
    expect(await read(log, 0)).toEqual(['0 a', '1 c']);
    await reader(1);
    const dropped = { droppedMessages: 2, heldBackBy: [] };
    expect(await log.trim(topics.spans, before, ['enricher'])).toEqual(dropped);
    expect(files()).toEqual(['spans-2026-11-22.mdb']);
    expect(await read(log, 0)).toEqual(['1 c']);
    expect(await log.range(topics.spans, 1)).toEqual({ start: 1, end: 1 });
    await log.append([span(1, 'd')]);
    expect(await read(log, 1)).toEqual(['1 d']);
  });

  test('drops the last day too when nothing was appended since, and goes on counting', async () => {
    const log = await open();
    await log.append([span(0, 'a')]);
    nowMs = Date.parse('2026-11-30T12:00:00Z');
    const trimmed = await log.trim(topics.spans, Date.parse('2026-11-27T12:00:00Z'), []);
    expect(trimmed.droppedMessages).toBe(1);
    expect(await log.range(topics.spans, 0)).toEqual({ start: 1, end: 1 });
    await log.close();
    const again = await open();
    await again.append([span(0, 'b')]);
    expect(await read(again, 0)).toEqual(['1 b']);
  });

  test('goes on after a crash that left the next day half made', async () => {
    const log = await open();
    await log.append([span(0, 'a')]);
    await log.close();
    await openEnvironment(join(folder, 'spans-2026-11-22.mdb')).close();
    nowMs = Date.parse('2026-11-22T08:00:00Z');
    const again = await open();
    expect(await read(again, 0)).toEqual(['0 a']);
    await again.append([span(0, 'b')]);
    expect(await read(again, 0)).toEqual(['0 a', '1 b']);
    expect(files()).toHaveLength(2);
  });

  test('tells a file that is no longer one of LMDB as corruption, and lets the folder go', async () => {
    writeFileSync(join(folder, 'main.mdb'), 'x'.repeat(20_000));
    await expect(open()).rejects.toMatchObject({ code: 'EVENT_LOG_CORRUPT', kind: 'permanent' });
    rmSync(join(folder, 'main.mdb'));
    await open();
  });

  test('takes a file that a power cut left without its first bytes for a new one', async () => {
    writeFileSync(join(folder, 'spans-2026-11-21.mdb'), Buffer.alloc(8192));
    const log = await open();
    await log.append([span(0, 'a')]);
    expect(await read(log, 0)).toEqual(['0 a']);
  });

  describe('of a compacted topic', () => {
    const entry = (key: string, value: string | null): NewMessage => ({
      topic: topics.directory,
      partition: 0,
      key,
      headers: {},
      value: value === null ? null : Buffer.from(value),
    });
    const entries = async (log: EventLog): Promise<string[]> => {
      const from = { topic: topics.directory, partition: 0, offset: 0 };
      const read = await log.read(from, { messagesMax: 100_000, bytesMax: 1e9, waitMsMax: 0 });
      return read.map(({ key, value }) => `${key}=${value && Buffer.from(value).toString()}`);
    };
    const AN_HOUR_LATER = Date.parse('2026-11-21T13:00:00Z');

    test('shows one message a key, and drops a tombstone when it is trimmed', async () => {
      const log = await open();
      await log.append([entry('t/a', 'Ada'), entry('t/b', 'Bob')]);
      await log.append([entry('t/a', null)]);
      expect(await entries(log)).toEqual(['t/b=Bob', 't/a=null']);
      const result = await log.trim(topics.directory, AN_HOUR_LATER, []);
      expect(result.droppedMessages).toBe(1);
      expect(await entries(log)).toEqual(['t/b=Bob']);
    });

    test('loses its tombstones, however many entries stay before and between them', async () => {
      const log = await open();
      const kept = Array.from({ length: 2500 }, (_, at) => entry(`t/${at}`, 'kept'));
      await log.append([entry('t/a', null), ...kept.slice(0, 1200), entry('t/b', null)]);
      await log.append([...kept.slice(1200), entry('t/c', null)]);
      const result = await log.trim(topics.directory, AN_HOUR_LATER, []);
      expect(result).toEqual({ droppedMessages: 3, heldBackBy: [] });
      expect(await entries(log)).toEqual(kept.map(({ key }) => `${key}=kept`));
    });
  });

  test('pushes back while the disk is below its limit, and takes records all the same', async () => {
    const log = await open({ ...plenty, diskFreeBytesMin: Number.MAX_SAFE_INTEGER });
    await expect(log.append([span(0, 'a')])).rejects.toMatchObject({
      code: 'EVENT_LOG_FULL',
      kind: 'retryable',
    });
    await log.append([{ ...span(0, 'r'), topic: topics.records }]);
  });

  test('pushes back while a required reader is too far behind, and takes spans when it is not', async () => {
    const log = await open({ ...plenty, lagMsMax: 60_000, requiredReaders: ['enricher'] });
    await log.append([span(0, 'a')]);
    nowMs += 59_000;
    await log.append([span(0, 'b')]);
    nowMs += 2000;
    await expect(log.append([span(0, 'c')])).rejects.toThrow(
      /EVENT_LOG_FULL: enricher is more than/u,
    );
    await commitPosition(log, 0, 2);
    nowMs += 2000;
    await log.append([span(0, 'c')]);
    expect(await read(log, 0)).toEqual(['0 a', '1 b', '2 c']);
  });

  test('wakes a waiting reader within a few milliseconds of an append in another thread', async () => {
    const log = await open();
    const started = new Worker(new URL('elsewhere-clock.ts', import.meta.url), {
      workerData: { folder, appends: 30 },
    });
    const latencies: number[] = [];
    for (let offset = 0; offset < 30; offset += 1) {
      const from = { topic: topics.spans, partition: 0, offset };
      const limits = { messagesMax: 1, bytesMax: 1e6, waitMsMax: 30_000 };
      const [message] = await log.read(from, limits);
      const appendedMs = Number(Buffer.from(message?.value ?? []).toString());
      latencies.push(performance.timeOrigin + performance.now() - appendedMs);
    }
    await started.terminate();
    latencies.sort((a, b) => a - b);
    // From the call of append: one synced transaction and at most 5 ms of looking. Generous for a busy machine.
    expect(latencies[15]).toBeLessThan(25);
  });

  async function commitPosition(log: EventLog, partition: number, offset: number): Promise<void> {
    const owner = await log.openOwner('enricher', partition);
    const positions = [{ topic: topics.spans, partition, offset }];
    await owner.commit({ positions, appends: [], state: [] });
  }
});
