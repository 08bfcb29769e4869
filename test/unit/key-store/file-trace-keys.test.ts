import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileTraceKeys } from '../../../key-store/file-trace-keys.ts';
import type { HomeTrace, TraceKeys } from '../../../key-store/trace-keys.ts';

let folder: string;
const open = async (): Promise<TraceKeys> =>
  openFileTraceKeys({ folder, wrappingKey: (tenant) => Buffer.alloc(32, tenant) });
const file = () => join(folder, '00000000.keys');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-keys-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function traces(count: number, tenant = 'acme', from = 0): readonly HomeTrace[] {
  return Array.from({ length: count }, (_, at) => {
    return { tenant, traceId: (from + at).toString(16).padStart(32, '0') };
  });
}

function hex(keys: readonly (Uint8Array | null | undefined)[]): readonly string[] {
  return keys.map((key) => Buffer.from(key ?? []).toString('hex'));
}

async function findAll(keys: TraceKeys, homes: readonly HomeTrace[]) {
  const found: (Uint8Array | null | undefined)[] = [];
  for (const home of homes) found.push(await keys.find(home));
  return found;
}

describe('trace keys in files', () => {
  it('are made once, one for each trace of each tenant, and found again after a restart', async () => {
    const homes = [...traces(500), ...traces(500, 'other')];
    const first = await open();
    const made = hex(await first.keysFor([...homes, ...homes]));
    expect(new Set(made).size).toBe(1000);
    expect(made.every((key) => key.length === 64)).toBe(true);
    expect(made.slice(1000)).toEqual(made.slice(0, 1000));
    await first.close();
    const second = await open();
    expect(hex(await findAll(second, homes))).toEqual(made.slice(0, 1000));
    expect(hex(await second.keysFor(homes.toReversed()))).toEqual(made.slice(0, 1000).toReversed());
    expect(await second.find({ tenant: 'acme', traceId: 'f'.repeat(32) })).toBeUndefined();
    await second.close();
  });

  it('do not stand in their file in the clear, which only its owner may read', async () => {
    const keys = await open();
    const made = await keys.keysFor(traces(50));
    const bytes = await readFile(file());
    for (const key of made) expect(bytes.includes(Buffer.from(key ?? []))).toBe(false);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await keys.close();
  });

  it('are destroyed for good: nothing of them is left, and none is made anew', async () => {
    const homes = traces(20);
    const keys = await open();
    const made = hex(await keys.keysFor(homes));
    const before = await readFile(file());
    expect(await keys.destroy(homes.slice(5, 8))).toBe(3);
    expect(await keys.destroy([...homes.slice(5, 8), ...traces(1, 'nobody')])).toBe(0);
    const after = await readFile(file());
    expect(after.length).toBe(before.length);
    const wrappedFrom = before.length - 20 * 32;
    expect(after.subarray(wrappedFrom + 5 * 32, wrappedFrom + 8 * 32)).toEqual(Buffer.alloc(96));
    const left = made.map((key, at) => (at >= 5 && at < 8 ? '' : key));
    expect(hex(await keys.keysFor(homes))).toEqual(left);
    await keys.close();
    const again = await open();
    expect(hex(await again.keysFor(homes))).toEqual(left);
    expect((await findAll(again, homes.slice(5, 8))).every((key) => key === null)).toBe(true);
    await again.close();
  });

  it('survive a write that a crash cut short anywhere, since nobody was promised what it held', async () => {
    const first = await open();
    const made = hex(await first.keysFor(traces(3)));
    const whole = (await readFile(file())).length;
    await first.keysFor(traces(3, 'acme', 3));
    await first.close();
    const bytes = await readFile(file());
    for (let length = whole; length < bytes.length; length += 7) {
      await writeFile(file(), bytes);
      await truncate(file(), length);
      const keys = await open();
      expect(hex(await findAll(keys, traces(3)))).toEqual(made);
      expect(
        await keys.find(traces(1, 'acme', 3)[0] ?? { tenant: '', traceId: '' }),
      ).toBeUndefined();
      const anew = hex(await keys.keysFor(traces(3, 'acme', 3)));
      await keys.close();
      const again = await open();
      expect(hex(await findAll(again, traces(6)))).toEqual([...made, ...anew]);
      await again.close();
    }
  });

  it('say that they are damaged when a block in the middle is, wherever, and are not cut off behind it', async () => {
    const first = await open();
    await first.keysFor(traces(3));
    await first.keysFor(traces(3, 'acme', 3));
    await first.close();
    const whole = await readFile(file());
    // Its length, its check, its count, its tenant's length, a key.
    for (const at of [0, 3, 5, 11, 13, 60]) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await writeFile(file(), bytes);
      await expect(open()).rejects.toThrow(/KEY_STORE_DAMAGED/);
      expect(await readFile(file())).toEqual(bytes);
    }
  });

  it('begin anew behind the first bytes of a first block, however few they are', async () => {
    for (const left of [1, 2, 3]) {
      await writeFile(file(), Buffer.alloc(left, 1));
      const keys = await open();
      const made = hex(await keys.keysFor(traces(3)));
      await keys.close();
      const again = await open();
      expect(hex(await findAll(again, traces(3)))).toEqual(made);
      await again.close();
    }
  });

  it('are not written over by a second process, which is told to end', async () => {
    const first = await open();
    await first.keysFor(traces(1));
    const second = await open();
    const made = hex(await first.keysFor(traces(5)));
    await expect(second.keysFor(traces(3, 'acme', 5))).rejects.toThrow(/KEY_STORE_SHARED/);
    expect(hex(await first.keysFor(traces(8))).slice(0, 5)).toEqual(made);
    await second.close();
    await first.close();
    const again = await open();
    expect(hex(await findAll(again, traces(5)))).toEqual(made);
    await again.close();
  });

  it('are not said to be on a disk that took a part of them only', async () => {
    // Beyond 4 KiB of one file the system takes what fits, and then nothing; 200 keys have some 10,000 bytes.
    const script = `
      import { openFileTraceKeys } from ${JSON.stringify(join(process.cwd(), 'key-store/file-trace-keys.ts'))};
      const keys = await openFileTraceKeys({ folder: process.argv[1], wrappingKey: () => Buffer.alloc(32, 1) });
      const homes = Array.from({ length: 200 }, (_, at) => ({ tenant: 'acme', traceId: at.toString(16).padStart(32, '0') }));
      await keys.keysFor(homes).then(() => console.log('made'), (error) => console.log(error.code));`;
    const limited = `trap '' XFSZ; ulimit -f 4; exec "$0" --input-type=module -e "$1" "$2"`;
    const { stdout } = spawnSync('bash', ['-c', limited, process.execPath, script, folder]);
    expect(String(stdout)).toBe('KEY_STORE_UNWRITABLE\n');
  });
});
