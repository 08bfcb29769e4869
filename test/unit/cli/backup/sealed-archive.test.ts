import { hash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readArchive, writeArchive } from '../../../../cli/backup/sealed-archive.ts';

const KEY = Buffer.alloc(32, 5);
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-archive-'));
});
afterEach(() => rm(folder, { recursive: true }));

const CHUNK = 1024 * 1024;
const SECRET = 'a word that stands in the file';

async function archived(contents: readonly Buffer[]): Promise<string> {
  const files = contents.map((_, at) => ({ name: `sub/${at}`, path: join(folder, `from${at}`) }));
  for (const [at, bytes] of contents.entries()) await writeFile(join(folder, `from${at}`), bytes);
  const path = join(folder, 'archive');
  await writeArchive(path, KEY, files);
  return path;
}

const read = async (path: string, key = KEY): Promise<readonly Buffer[]> => {
  const to = await mkdtemp(join(folder, 'to-'));
  await readArchive(path, key, to);
  const names = (await readdir(join(to, 'sub')).catch((): string[] => [])).toSorted();
  return Promise.all(names.map(async (name) => readFile(join(to, 'sub', name))));
};

const digest = (bytes: Buffer): string => `${bytes.length} ${hash('sha256', bytes)}`;

describe('an archive', () => {
  it.each([
    ['nothing', []],
    ['an empty file', [0]],
    ['files below, at and above a chunk', [1, CHUNK - 10, CHUNK, CHUNK + 1]],
    ['one of several chunks between small ones', [7, 3 * CHUNK + 5, 0, 9]],
  ])('gives back %s byte for byte', async (_, sizes) => {
    const contents = sizes.map((size) => randomBytes(size));
    const path = await archived(contents);
    expect((await read(path)).map(digest)).toEqual(contents.map(digest));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('shows nothing of what is in it', async () => {
    const path = await archived([Buffer.from(SECRET.repeat(50))]);
    const bytes = await readFile(path);
    expect(bytes.includes(SECRET)).toBe(false);
    expect(bytes.includes('sub/0')).toBe(false);
  });

  it('is refused with another key', async () => {
    const path = await archived([Buffer.from(SECRET)]);
    await expect(read(path, Buffer.alloc(32, 6))).rejects.toThrow('another key');
  });

  it('is refused when any byte of it was changed, cut off or added', async () => {
    const path = await archived([Buffer.from(SECRET), randomBytes(CHUNK)]);
    const bytes = await readFile(path);
    const places = [0, 20, 50, 54, 60, CHUNK, bytes.length - 1];
    const altered = [
      ...places.map((at) => {
        const copy = Buffer.from(bytes);
        copy[at] = (copy[at] ?? 0) ^ 1;
        return copy;
      }),
      ...[10, 52, 100, bytes.length - 1].map((end) => bytes.subarray(0, end)),
      Buffer.concat([bytes, Buffer.of(0)]),
    ];
    for (const one of altered) {
      await writeFile(path, one);
      await expect(read(path)).rejects.toThrow('nothing of it is to be used');
    }
  });

  it('is refused where whole chunks at its end are left out', async () => {
    const path = await archived([randomBytes(2 * CHUNK)]);
    const bytes = await readFile(path);
    const head = bytes.indexOf('\n') + 1 + 32;
    const firstEnd = head + 4 + bytes.readUInt32BE(head);
    await writeFile(path, bytes.subarray(0, firstEnd));
    await expect(read(path)).rejects.toThrow('cut short');
  });

  it('writes no file outside of its folder', async () => {
    const from = join(folder, 'from');
    await writeFile(from, 'x');
    for (const name of ['../out', '/tmp/out', 'a/../../out', './a']) {
      const path = join(folder, 'archive');
      await writeArchive(path, KEY, [{ name, path: from }]);
      await expect(read(path)).rejects.toThrow('outside of its folder');
    }
  });
});
