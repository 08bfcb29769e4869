import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEmbeddedLog } from '../../../event-log/embedded.ts';
import { topics } from '../../../schemas/topics.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-full-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('a disk that takes no more refuses commits whole, ends no process, and loses nothing it took', async () => {
  const script = new URL('full-disk-writer.ts', import.meta.url).pathname;
  // The shell's limit on file size, in blocks of 512 bytes, stands for the full disk; the signal that goes with it is ignored.
  const command = `trap '' XFSZ; ulimit -f 2400; exec "$0" "$1"`;
  const run = spawnSync('sh', ['-c', command, process.execPath, script], {
    env: { ...process.env, LOG_FOLDER: folder },
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(run.status).toBe(0);
  const { taken, codes }: { taken: number[]; codes: string[] } = JSON.parse(run.stdout);
  expect(taken.length).toBeGreaterThan(0);
  expect(codes.length).toBeGreaterThan(0);
  for (const code of codes) expect(code).toMatch(/^EVENT_LOG_(FULL|WRITE_FAILED) retryable$/u);

  const log = await openEmbeddedLog({ folder, partitions: 4 });
  const from = { topic: topics.records, partition: 0, offset: 0 };
  const records = await log.read(from, { messagesMax: 1000, bytesMax: 1e9, waitMsMax: 0 });
  const names = records.map(
    (record) => /^[\d.]+/u.exec(Buffer.from(record.value ?? []).toString('latin1'))?.[0],
  );
  expect(names).toEqual(taken.flatMap((number) => [`${number}.0`, `${number}.1`]));
  const view = await log.inspect('enricher', 0);
  const count = view.getState('count') ?? new Uint8Array();
  expect(Buffer.from(count).toString()).toBe(String(taken.at(-1)));
  await log.append([
    { topic: topics.records, partition: 0, key: 'call', headers: {}, value: null },
  ]);
  await log.close();
});
