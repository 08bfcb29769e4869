import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHeadFile, readHeads, writeHeads } from '../../../signer/head-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-heads-'));
});
afterEach(async () => rm(folder, { recursive: true }));

const head = (size: number) => ({ size, root: new Uint8Array(32).fill(size), fence: 1 });
const lines = async (): Promise<number> =>
  (await readFile(join(folder, 'signed.log'), 'utf8')).split('\n').length - 1;

describe('the memory of a signer', () => {
  it('stays short while it is written to, and holds the last head of each log', async () => {
    await writeHeads(folder, new Map());
    const file = await openHeadFile(folder, 10);
    for (let size = 1; size <= 100; size += 1) {
      await file?.remember(`records/p${size % 3}/e0`, head(size));
      expect(await lines()).toBeLessThanOrEqual(10);
    }
    await file?.close();
    const held = [...((await readHeads(folder)) ?? [])].map(([log, { size }]) => `${log} ${size}`);
    expect(held.toSorted()).toEqual(['records/p0/e0 99', 'records/p1/e0 100', 'records/p2/e0 98']);
    await (await openHeadFile(folder, 10))?.close();
    expect(await lines()).toBe(3);
  });

  it('is none where there is no file', async () => {
    expect(await openHeadFile(folder)).toBeUndefined();
    expect(await readHeads(folder)).toBeUndefined();
  });
});
