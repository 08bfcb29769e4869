import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../record-store/clickhouse.ts';
import { startEngine } from '../../../record-store/engine.ts';
import { readPassword } from '../../../record-store/passwords.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-engine-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const optionsIn = (name: string) => ({
  folder: join(folder, name, 'store'),
  keysFolder: join(folder, name, 'keys'),
});

describe('startEngine', () => {
  it('ends the engine when its parent is killed', async () => {
    const module = pathToFileURL(join(process.cwd(), 'record-store/engine.ts')).href;
    const script = `const { startEngine } = await import('${module}');
      const engine = await startEngine(${JSON.stringify(optionsIn('orphan'))});
      console.log(engine.pid());`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(isRunning(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  });

  it('takes up the same folder, passwords and rows again', async () => {
    const first = await startEngine(optionsIn('again'));
    const migrator = await readPassword(first.credentials.migrator.passwordFile);
    const before = openStore({ url: first.url, username: 'migrator', password: migrator });
    await before.command('CREATE DATABASE waybill');
    await before.command('CREATE TABLE waybill.kept (n UInt8) ENGINE = MergeTree ORDER BY n');
    await before.command('INSERT INTO waybill.kept SETTINGS async_insert = 0 VALUES (1), (2)');
    await before.close();
    await first.stop();
    await first.stop();
    const second = await startEngine(optionsIn('again'));
    const password = await readPassword(second.credentials.reader.passwordFile);
    const after = openStore({ url: second.url, username: 'reader', password });
    expect(await after.query({ sql: 'SELECT n FROM waybill.kept ORDER BY n' })).toEqual([
      { n: 1 },
      { n: 2 },
    ]);
    await after.close();
    await second.stop();
    expect(second.restarts()).toBe(0);
  });

  it('says why when it cannot start', async () => {
    const options = { ...optionsIn('taken'), startWaitMsMax: 2_000 };
    const engine = await startEngine(options);
    await expect(startEngine(options)).rejects.toThrow(/STORE_ENGINE_FAILED.*[Ll]ock/s);
    await engine.stop();
  });

  it('listens on loopback only', async () => {
    const engine = await startEngine(optionsIn('loopback'));
    const tables = await Promise.all(
      ['/proc/net/tcp', '/proc/net/tcp6'].map(async (file) =>
        readFile(file, 'utf8').catch(() => ''),
      ),
    );
    const ports = [Number(new URL(engine.url).port), engine.tcpPort];
    const listening = tables
      .flatMap((text) => text.split('\n'))
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, local, , state]) =>
          state === '0A' && ports.includes(Number(`0x${local?.split(':')[1]}`)),
      )
      .map(([, local]) => local?.split(':')[0]);
    // 0100007F is 127.0.0.1 as the kernel writes it.
    expect(listening).toEqual(['0100007F', '0100007F']);
    await engine.stop();
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
