import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../../cli/make-folder.ts';

const base = await mkdtemp(join(tmpdir(), 'waybill-make-folder-'));
afterAll(async () => rm(base, { recursive: true, force: true }));

describe('making a folder', () => {
  it('makes those above it, and is content with one that is there', async () => {
    const path = join(base, 'a', 'b', 'c');
    await makeFolder(path, 0o700);
    await makeFolder(path, 0o700);
    const found = await stat(path);
    expect(found.isDirectory()).toBe(true);
    expect(found.mode & 0o777).toBe(0o700);
  });

  it('gives up at once where the system lets nothing be made', async () => {
    await expect(makeFolder('/proc/waybill/evidence')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses a path that is a file, or goes through one', async () => {
    const file = join(base, 'file');
    await writeFile(file, '');
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(file, 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});
