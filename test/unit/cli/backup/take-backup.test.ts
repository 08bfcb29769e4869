import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeBackup } from '../../../../cli/backup/take-backup.ts';
import { openEmbeddedLog } from '../../../../event-log/embedded.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-take-backup-'));
});
afterEach(() => rm(folder, { recursive: true }));

const order = (timeMs: number) => ({
  dataDirectory: join(folder, 'data'),
  folder: join(folder, 'backups'),
  key: Buffer.alloc(32, 7),
  keepHours: 24,
  clock: () => timeMs,
});

const logsIn = async (): Promise<readonly string[]> =>
  (await readdir(join(folder, 'backups'))).filter((name) => name.endsWith('.log.backup'));

async function dataDirectory(): Promise<string> {
  const data = join(folder, 'data');
  await mkdir(join(data, 'keys', 'traces'), { recursive: true });
  await writeFile(join(data, 'keys', 'master.key'), 'aa');
  await (await openEmbeddedLog({ folder: join(data, 'log') })).close();
  return data;
}

describe('a backup that is broken off', () => {
  it('leaves no log without the keys that it needs, and takes no other backup’s place', async () => {
    const data = await dataDirectory();
    await takeBackup(order(1_790_000_000_000));
    const names = ['keys.backup', 'traces.backup', 'control.backup'];
    const read = async () =>
      Promise.all(names.map(async (name) => readFile(join(folder, 'backups', name), 'hex')));
    const before = await read();
    // The keys of traces cannot be read: they come after the log.
    await rm(join(data, 'keys', 'traces'), { recursive: true });
    await writeFile(join(data, 'keys', 'traces'), 'no folder');
    await expect(takeBackup(order(1_790_000_060_000))).rejects.toThrow();
    expect(await logsIn()).toHaveLength(1);
    expect(await read()).toEqual(before);
  });

  it('leaves nothing that the next one does not take away', async () => {
    await dataDirectory();
    const backups = join(folder, 'backups');
    await mkdir(backups);
    await writeFile(join(backups, '20260921T141320000Z.log.backup.new'), 'half of a log');
    await takeBackup(order(1_790_000_060_000));
    expect((await readdir(backups)).filter((name) => name.endsWith('.new'))).toEqual([]);
    expect(await logsIn()).toHaveLength(1);
  });
});
