import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { folderObjects } from '../../../anchors/folder-objects.ts';

const never = new AbortController().signal;
const NAME = 'records/p0/e0/a.sealed';
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-objects-'));
});
afterEach(async () => rm(folder, { recursive: true }));

describe('objects in a folder', () => {
  it('are for their owner alone', async () => {
    expect(await folderObjects(folder).putOnce(NAME, Buffer.of(1), never)).toBe(true);
    const mode = async (path: string): Promise<number> =>
      (await stat(join(folder, path))).mode & 0o777;
    expect([await mode('records'), await mode('records/p0/e0'), await mode(NAME)]).toEqual([
      0o700, 0o700, 0o400,
    ]);
  });

  it('have a name on disk once it is answered that they are there, whoever wrote them', async () => {
    const objects = folderObjects(folder);
    const any = await open(join(folder, 'any'), 'w');
    const sync = vi.spyOn(Object.getPrototypeOf(any) as typeof any, 'sync');
    await any.close();
    try {
      await objects.putOnce(NAME, Buffer.of(1), never);
      // The object; then its folder, and each folder that holds one that was made.
      expect(sync.mock.calls).toHaveLength(1 + 1 + 3);
      sync.mockClear();
      expect(await objects.putOnce(NAME, Buffer.of(2), never)).toBe(false);
      expect(sync.mock.calls).toHaveLength(2);
    } finally {
      sync.mockRestore();
    }
    expect(await objects.get(NAME, 10, never)).toEqual(Buffer.of(1));
  });
});
