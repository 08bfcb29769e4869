import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewMessage } from '../../../event-log/event-log.ts';
import { openReadSpool } from '../../../query-api/trail/read-spool.ts';
import { createServer } from '../../../query-api/server.ts';
import { createWritePath } from '../../../query-api/trail/write-path.ts';
import { topics } from '../../../schemas/topics.ts';
import { as, fakeStore, keys, madeApi } from './made-api.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-spool-'));
});
afterEach(() => rm(folder, { recursive: true }));

const BYTES_MAX = 100_000;
const message = (name: string): NewMessage => ({
  topic: topics.reads,
  partition: 0,
  key: 'acme',
  headers: { tenant: 'acme' },
  value: Buffer.from(name),
});
const namesIn = (messages: readonly NewMessage[]) =>
  messages.map(({ value }) => Buffer.from(value ?? []).toString());

/** A log that takes, refuses or never answers, as it is told. */
function madeLog() {
  const log = {
    mood: 'takes' as 'takes' | 'refuses' | 'hangs',
    taken: [] as string[],
    release: [] as (() => void)[],
    async append(messages: readonly NewMessage[]) {
      if (log.mood === 'refuses') throw new Error('no broker');
      if (log.mood === 'hangs') await new Promise<void>((resolve) => log.release.push(resolve));
      log.taken.push(...namesIn(messages));
    },
  };
  return log;
}

async function opened(log: ReturnType<typeof madeLog>, bytesMax = BYTES_MAX) {
  const spool = await openReadSpool(folder, bytesMax);
  const path = createWritePath({ log, spool, logWaitMsMax: 50, nowMs: () => 1234 });
  return { spool, path };
}

describe('the write path of reads', () => {
  it('is the log while that takes them; nothing lies on disk', async () => {
    const log = madeLog();
    const { path, spool } = await opened(log);
    await path.append([message('a')]);
    expect(log.taken).toEqual(['a']);
    expect(path.downSinceMs()).toBe(null);
    expect(spool.waiting).toEqual([]);
    await path.close();
  });

  it.each(['refuses', 'hangs'] as const)(
    'is the spool while the log %s, says since when, and brings all to the log in order when it is back',
    async (mood) => {
      const log = madeLog();
      const { path, spool } = await opened(log);
      log.mood = mood;
      for (const name of ['a', 'b', 'c']) await path.append([message(name)]);
      expect(path.downSinceMs()).toBe(1234);
      expect(namesIn(spool.waiting)).toEqual(['a', 'b', 'c']);
      expect((await stat(join(folder, 'reads.ndjson'))).mode & 0o777).toBe(0o600);
      log.mood = 'takes';
      // What hung is taken late, and then not sent again.
      for (const release of log.release) release();
      await expect.poll(() => path.downSinceMs(), { timeout: 5_000 }).toBe(null);
      await path.append([message('d')]);
      expect(log.taken).toEqual(['a', 'b', 'c', 'd']);
      expect(await readFile(join(folder, 'reads.ndjson'), 'utf8')).toBe('');
      await path.close();
    },
  );

  it('goes on with what a process before has left, before anything newer', async () => {
    const log = madeLog();
    log.mood = 'refuses';
    const first = await opened(log);
    for (const name of ['a', 'b']) await first.path.append([message(name)]);
    await first.path.close();
    // A crash in the middle of a line: nobody was answered for it.
    await appendFile(join(folder, 'reads.ndjson'), '{"key":"acme","hea');
    const second = await opened(log);
    expect(second.path.downSinceMs()).toBe(1234);
    await second.path.append([message('c')]);
    log.mood = 'takes';
    await expect.poll(() => log.taken, { timeout: 5_000 }).toEqual(['a', 'b', 'c']);
    await second.path.close();
  });

  it('lets everything else run while a read is spooled behind the last one that is sent', async () => {
    const log = madeLog();
    log.mood = 'refuses';
    const disk = await openReadSpool(folder, BYTES_MAX);
    const dropping = Promise.withResolvers<void>();
    const drop = Promise.withResolvers<void>();
    const spool = {
      get waiting() {
        return disk.waiting;
      },
      put: (messages: readonly NewMessage[]) => disk.put(messages),
      close: () => disk.close(),
      drop: async (count: number) => {
        dropping.resolve();
        await drop.promise;
        const dropped = disk.drop(count);
        // In turn it comes behind the drop, and lasts longer.
        second ??= path.append([message('b')]);
        await dropped;
      },
    };
    const path = createWritePath({ log, spool, logWaitMsMax: 50, nowMs: () => 1234 });
    let second: Promise<void> | undefined;
    await path.append([message('a')]);
    log.mood = 'takes';
    await dropping.promise;
    drop.resolve();
    await expect.poll(() => path.downSinceMs(), { timeout: 5_000 }).toBe(null);
    await second;
    expect(log.taken).toEqual(['a', 'b']);
    expect(disk.waiting).toEqual([]);
    await path.close();
  });

  it('sends nothing twice while the disk does not take that it was sent', async () => {
    const log = madeLog();
    log.mood = 'refuses';
    const disk = await openReadSpool(folder, BYTES_MAX);
    let refusals = 2;
    const spool = {
      get waiting() {
        return disk.waiting;
      },
      put: (messages: readonly NewMessage[]) => disk.put(messages),
      close: () => disk.close(),
      drop: async (count: number) => {
        refusals -= 1;
        if (refusals >= 0) throw new Error('no space is left');
        return disk.drop(count);
      },
    };
    const path = createWritePath({ log, spool, logWaitMsMax: 50, nowMs: () => 1234 });
    await path.append([message('a')]);
    log.mood = 'takes';
    await expect.poll(() => path.downSinceMs(), { timeout: 5_000 }).toBe(null);
    expect(refusals).toBeLessThan(0);
    expect(log.taken).toEqual(['a']);
    await path.close();
  });

  it('forgets what was sent of a spool that is not empty yet', async () => {
    const spool = await openReadSpool(folder, BYTES_MAX);
    await spool.put(['a', 'b', 'c'].map(message));
    await spool.drop(2);
    await spool.close();
    const again = await openReadSpool(folder, BYTES_MAX);
    expect(namesIn(again.waiting)).toEqual(['c']);
    await again.close();
  });

  it('refuses when the spool is full, and takes again when it has gone to the log', async () => {
    const log = madeLog();
    const { path } = await opened(log, 400);
    log.mood = 'refuses';
    await path.append([message('a')]);
    await expect(path.append([message('x'.repeat(400))])).rejects.toMatchObject({
      code: 'TRAIL_UNAVAILABLE',
    });
    log.mood = 'takes';
    await expect.poll(() => path.downSinceMs(), { timeout: 5_000 }).toBe(null);
    await path.append([message('b')]);
    expect(log.taken).toEqual(['a', 'b']);
    await path.close();
  });

  it('does not start on a damaged file, and says which line', async () => {
    await writeFile(join(folder, 'reads.ndjson'), '{"key":1}\n{"sent":1}\n');
    await expect(openReadSpool(folder, BYTES_MAX)).rejects.toThrow(/reads.ndjson:1 is damaged/);
  });
});

describe('an answer while the write path is down', () => {
  it('is given, with since when and up to when; and without them when all is well', async () => {
    let downSinceMs: number | null = Date.UTC(2026, 0, 2);
    const store = fakeStore([{ us: Date.UTC(2026, 0, 1) * 1000 }]);
    const app = await createServer(madeApi(store, { downSinceMs: () => downSinceMs }));
    const ask = () => app.inject({ url: '/v1/checkpoints', headers: as(keys.auditor) });
    const down = await ask();
    expect(down.statusCode).toBe(200);
    expect(down.headers['waybill-write-path']).toBe('down');
    expect(down.json()).toMatchObject({
      writePath: {
        downSince: '2026-01-02T00:00:00.000000Z',
        sealedUntil: '2026-01-01T00:00:00.000000Z',
      },
    });
    const asked = store.asked.at(-1);
    expect(asked?.params).toMatchObject({ tenant: 'acme' });
    downSinceMs = null;
    const up = await ask();
    expect(up.headers['waybill-write-path']).toBe(undefined);
    expect(up.json()).not.toHaveProperty('writePath');
    await app.close();
  });
});
