import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isPrincipalId } from '../../../redaction/principal.ts';
import {
  addKeyVersion,
  keyVersions,
  principalIdsOf,
  readKeyRing,
  ringOf,
  rotatedKey,
  tokensOf,
} from '../../../registry/key-ring.ts';
import { readSecretKey } from '../../../registry/master-key.ts';

const master = 'ab'.repeat(32);
let folder = '';
let file = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-ring-'));
  file = join(folder, 'master.key');
  await writeFile(file, `${master}\n`, { mode: 0o600 });
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the key ring', () => {
  it('has version 1 of every tenant from the master key alone', async () => {
    const ring = await readKeyRing(file);
    expect(keyVersions(ring, 'acme')).toEqual([1]);
    expect(principalIdsOf(ring, 'acme', 'ana')).toEqual(
      principalIdsOf(ringOf(Buffer.from(master, 'hex')), 'acme', 'ana'),
    );
  });

  it('keeps every version, so that a person is found under all of them', async () => {
    const before = principalIdsOf(await readKeyRing(file), 'acme', 'ana');
    expect(await addKeyVersion(file, 'acme')).toBe(2);
    expect(await addKeyVersion(file, 'acme')).toBe(3);
    const ring = await readKeyRing(file);
    expect(keyVersions(ring, 'acme')).toEqual([1, 2, 3]);
    expect(keyVersions(ring, 'other')).toEqual([1]);
    const ids = principalIdsOf(ring, 'acme', 'ana');
    expect(ids[0]).toBe(before[0]);
    expect(ids.map((id) => id.split('_')[0])).toEqual(['p', 'p2', 'p3']);
    expect(ids.every(isPrincipalId)).toBe(true);
    expect(new Set(ids.map((id) => id.split('_')[1])).size).toBe(3);
    const emails = tokensOf(ring, 'acme', 'a@b.c').filter((token) => token.startsWith('[EMAIL:'));
    expect(emails.map((token) => token.split(':')[1])).toEqual(['k1', 'k2', 'k3']);
  });

  it('makes its files readable by their owner alone, and takes no others', async () => {
    await addKeyVersion(file, 'acme');
    const made = join(folder, 'acme.v2.key');
    expect((await stat(made)).mode & 0o777).toBe(0o600);
    await chmod(made, 0o640);
    await expect(readKeyRing(file)).rejects.toThrow('is readable by others');
  });

  it('refuses a file that holds no key, without showing it', async () => {
    await writeFile(join(folder, 'acme.v2.key'), 'not-a-key-0123', { mode: 0o600 });
    const error: unknown = await readKeyRing(file).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REGISTRY_KEY_INVALID' });
    expect(String(error)).not.toContain('not-a-key');
  });

  it('fails on a version whose file is gone', () => {
    const ring = ringOf(Buffer.from(master, 'hex'));
    expect(() => rotatedKey(ring, 'acme', 'token', 2)).toThrow('restore it');
  });

  it('learns of versions that come while it is held, and of none whose file is damaged', async () => {
    const ring = await readKeyRing(file);
    await addKeyVersion(file, 'acme');
    expect(keyVersions(ring, 'acme')).toEqual([1]);
    await ring.refresh();
    expect(keyVersions(ring, 'acme')).toEqual([1, 2]);
    await writeFile(join(folder, 'acme.v3.key'), 'damaged', { mode: 0o600 });
    await expect(ring.refresh()).rejects.toThrow('has not 64 hex digits');
    expect(keyVersions(ring, 'acme')).toEqual([1, 2]);
  });

  it('makes a version once, however many ask for it at the same time', async () => {
    const asked = await Promise.allSettled([1, 2, 3].map(() => addKeyVersion(file, 'acme')));
    const made = asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(made.length).toBeGreaterThan(0);
    expect(new Set(made).size).toBe(made.length);
    expect(keyVersions(await readKeyRing(file), 'acme')).toHaveLength(made.length + 1);
  });

  it('takes no name of a tenant that would lead to another folder', async () => {
    await expect(addKeyVersion(file, '../acme')).rejects.toThrow('no name of a tenant');
  });

  it('refuses a master key that others may read, or that is not there, by its path alone', async () => {
    await chmod(file, 0o640);
    await expect(readSecretKey(file)).rejects.toThrow('is readable by others: give it mode 0600');
    await expect(readSecretKey(join(folder, 'none.key'))).rejects.toThrow('cannot be read');
  });
});
