import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileTraceKeys } from '../../../key-store/file-trace-keys.ts';
import { openTraceKeyMaker } from '../../../key-store/trace-key-maker.ts';
import type { HomeTrace } from '../../../key-store/trace-keys.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-maker-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const options = () => ({ folder, wrappingKey: (tenant: string) => Buffer.alloc(32, tenant) });

function traces(count: number, from = 0): readonly HomeTrace[] {
  return Array.from({ length: count }, (_, at) => {
    const tenant = at % 2 === 0 ? 'acme' : 'umbra';
    return { tenant, traceId: (from + at).toString(16).padStart(32, '0') };
  });
}

describe('a maker of trace keys', () => {
  it('gives keys at once, the same again, and others find them once they are flushed', async () => {
    const maker = await openTraceKeyMaker(options());
    const reader = await openFileTraceKeys(options());
    const homes = traces(100);
    const made = homes.map((home) => maker.keyFor(home));
    expect(homes.map((home) => maker.keyFor(home))).toEqual(made);
    expect(new Set(made.map((key) => Buffer.from(key ?? []).toString('hex'))).size).toBe(100);
    for (const home of homes.slice(0, 3)) expect(await reader.find(home)).toBeUndefined();
    await Promise.all([maker.flush(), maker.flush()]);
    expect(await reader.keysFor(homes)).toEqual(made);
    const later = traces(50, 100);
    const more = later.map((home) => maker.keyFor(home));
    await maker.flush();
    expect(await reader.keysFor([...later, ...homes])).toEqual([...more, ...made]);
    await maker.close();
    await reader.close();
  });

  it('leaves nothing behind when a trace is destroyed that the ledger had made a key for, too', async () => {
    const maker = await openTraceKeyMaker(options());
    const ledger = await openFileTraceKeys(options());
    const [home] = traces(1);
    if (home === undefined) throw new Error('There is one.');
    const [first] = await ledger.keysFor([home]);
    const second = maker.keyFor(home);
    await maker.close();
    expect(second).not.toEqual(first);
    expect(await ledger.destroy([home])).toBe(1);
    expect(await ledger.destroy([home])).toBe(0);
    expect(await ledger.find(home)).toBeNull();
    await ledger.close();
    const names = (await readdir(folder)).filter((name) => name.endsWith('.keys'));
    expect(names).toHaveLength(2);
    for (const name of names) {
      // A block of one key ends with it.
      const bytes = await readFile(join(folder, name));
      expect(bytes.subarray(-32)).toEqual(Buffer.alloc(32));
    }
  });

  it('finds after a restart what it made, and what the ledger made before it', async () => {
    const ledger = await openFileTraceKeys(options());
    const old = await ledger.keysFor(traces(10));
    const first = await openTraceKeyMaker(options());
    expect(traces(10).map((home) => first.keyFor(home))).toEqual(old);
    const made = traces(10, 10).map((home) => first.keyFor(home));
    await first.close();
    const second = await openTraceKeyMaker(options());
    expect(traces(10, 10).map((home) => second.keyFor(home))).toEqual(made);
    await second.close();
    const reader = await openFileTraceKeys(options());
    expect(await reader.keysFor(traces(20))).toEqual([...old, ...made]);
    await reader.close();
    await ledger.close();
  });

  it('makes no key anew that was destroyed by another', async () => {
    const maker = await openTraceKeyMaker(options());
    const homes = traces(4);
    homes.forEach((home) => maker.keyFor(home));
    await maker.flush();
    const eraser = await openFileTraceKeys(options());
    expect(await eraser.destroy(homes.slice(0, 2))).toBe(2);
    expect(await eraser.find(homes[0] ?? { tenant: '', traceId: '' })).toBeNull();
    await maker.close();
    const again = await openTraceKeyMaker(options());
    expect(homes.map((home) => again.keyFor(home) === null)).toEqual([true, true, false, false]);
    await again.close();
    await eraser.close();
  });
});
