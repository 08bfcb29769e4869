import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  appendFile,
  chown,
  mkdir,
  mkdtemp,
  open as openFile,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openCheckpoint } from '../../../integrity/open-checkpoint.ts';
import { parsePolicy } from '../../../integrity/policy.ts';
import { openFileSigner } from '../../../signer/file-signer.ts';
import type { Signer } from '../../../signer/signer.ts';
import { retireSignerKeys, rotateSignerKey, signerKeyState } from '../../../signer/rotate-keys.ts';
import { openSignerKeys } from '../../../signer/signer-keys.ts';
import { GROWN_LOG, growth } from '../../support/grown-tree.ts';

const LOG = GROWN_LOG;
let folder: string;
let signer: Signer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-signer-'));
  signer = await openFileSigner(folder);
});
afterEach(async () => {
  await signer.close();
  await rm(folder, { recursive: true });
});

async function reopen(): Promise<void> {
  await signer.close();
  signer = await openFileSigner(folder);
}

describe('a signer in a folder', () => {
  it('is for one process: a second one of the folder could sign a second tree', async () => {
    const script = `
      import { openFileSigner } from ${JSON.stringify(join(process.cwd(), 'signer/file-signer.ts'))};
      await openFileSigner(process.argv[1]).then(() => console.log('open'), (error) => console.log(error.code));`;
    const other = (): string => {
      const argv = ['--input-type=module', '-e', script, folder];
      return String(spawnSync(process.execPath, argv).stdout).trim();
    };
    expect(other()).toBe('SIGNER_IN_USE');
    await signer.close();
    expect(other()).toBe('open');
    signer = await openFileSigner(folder);
  });

  it('signs nothing more once a head could not be written, until it was opened again', async () => {
    const handle = await openFile(join(folder, 'any'), 'w');
    const prototype = Object.getPrototypeOf(handle) as typeof handle;
    await handle.close();
    const failing = vi.spyOn(prototype, 'datasync').mockRejectedValueOnce(new Error('EIO'));
    await expect(signer.sign(growth(0, 4))).rejects.toThrow('EIO');
    failing.mockRestore();
    await expect(signer.sign(growth(0, 4))).rejects.toThrow('SIGNER_STATE');
    await reopen();
    expect(await signer.sign(growth(0, 4))).toMatchObject({ kind: 'signed' });
  });

  it('forgets a line that a crash cut short, and refuses a state that was altered', async () => {
    await signer.sign(growth(0, 8));
    await signer.close();
    const path = join(folder, 'signed.log');
    await appendFile(path, '0000');
    signer = await openFileSigner(folder);
    expect((await signer.latest(LOG))?.size).toBe(8);
    await signer.close();
    const state = await readFile(path, 'utf8');
    await writeFile(path, state.replace(',8,', ',5,'));
    await expect(openFileSigner(folder)).rejects.toThrow(/SIGNER_STATE/);
    await writeFile(path, state);
    signer = await openFileSigner(folder);
  });

  it('begins neither memory nor keys anew where the other is there', async () => {
    await signer.sign(growth(0, 8));
    await signer.close();
    const [state, key] = [join(folder, 'signed.log'), join(folder, 'signer.key')];
    const [heads, seed] = [await readFile(state), await readFile(key)];
    await rm(state);
    await expect(openFileSigner(folder)).rejects.toThrow(/SIGNER_STATE/);
    await writeFile(state, heads);
    await rm(key);
    await expect(openFileSigner(folder)).rejects.toThrow(/SIGNER_KEYS/);
    expect(existsSync(key)).toBe(false);
    await writeFile(key, seed);
    signer = await openFileSigner(folder);
    expect((await signer.latest(LOG))?.size).toBe(8);
  });

  it('tells the policy to all who ask at once', async () => {
    const asked = Array.from({ length: 20 }, (_, at) => [LOG, `records/p${at}/e0`]);
    const told = await Promise.all(asked.map(async (logIds) => signer.policy(logIds)));
    expect(await readFile(join(folder, 'policy.txt'), 'utf8')).toBe(told.at(-1));
  });

  it('keeps its keys where only it may read them, and tells nothing of them that are damaged', async () => {
    const path = join(folder, 'signer.key');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const key = await readFile(path, 'utf8');
    await writeFile(path, key.slice(0, -6));
    const opening = openFileSigner(folder);
    await expect(opening).rejects.toThrow(/SIGNER_KEYS/);
    await expect(opening).rejects.not.toThrow(key.slice(-40, -6));
    await writeFile(path, key);
  });

  it('rotates while it runs: a new key signs beside the old one until that is retired, under the same name', async () => {
    const policy = async () => parsePolicy(await signer.policy([LOG])).logs.map(({ key }) => key);
    const note = async (oldSize: number, size: number): Promise<string> => {
      const answer = await signer.sign(growth(oldSize, size));
      if (answer.kind !== 'signed') throw new Error('signed was expected');
      return answer.note;
    };
    const old = await policy();
    const before = await note(0, 3);
    await rotateSignerKey(folder);
    const overlap = await note(3, 5);
    const both = await policy();
    expect(both).toHaveLength(2);
    await retireSignerKeys(folder);
    const after = await note(5, 7);
    expect(await policy()).toEqual(both);
    for (const each of [before, overlap])
      expect((await openCheckpoint(each, old)).signatures).toHaveLength(1);
    await expect(openCheckpoint(after, old)).rejects.toThrow(/SIGNATURE_MISSING/);
    const signed = async (each: string) => (await openCheckpoint(each, both)).signatures.length;
    expect([await signed(before), await signed(overlap), await signed(after)]).toEqual([1, 2, 1]);
    expect((await openCheckpoint(after, both)).signatures[0]?.key).toEqual(both[0]);
    await reopen();
    expect(await policy()).toEqual(both);
  });

  it('keeps every key that it had believed, each once, however often it is rotated', async () => {
    await signer.sign(growth(0, 3));
    await signer.sign({ ...growth(0, 3), logId: 'meta/e0' });
    for (let turn = 0; turn < 6; turn += 1) {
      await rotateSignerKey(folder);
      await retireSignerKeys(folder);
    }
    const state = await signerKeyState(folder);
    expect([state.signing.length, state.retired.length]).toEqual([1, 6]);
    expect(parsePolicy(state.policy).logs).toHaveLength(14);
    expect(await signer.policy([LOG, 'meta/e0'])).toBe(state.policy);
    for (let more = 0; more < 3; more += 1) await rotateSignerKey(folder);
    await expect(rotateSignerKey(folder)).rejects.toThrow(/SIGNER_KEYS.*retire one first/);
  });

  it('follows what is taken from the earlier keys by hand, and holds what it has while that is no file', async () => {
    await signer.sign(growth(0, 3));
    await rotateSignerKey(folder);
    await retireSignerKeys(folder);
    const keys = async () => parsePolicy(await signer.policy([LOG])).logs.length;
    expect(await keys()).toBe(2);
    const path = join(folder, 'earlier-policy.txt');
    await rm(path);
    await mkdir(path);
    expect(await signer.sign(growth(3, 5))).toMatchObject({ kind: 'signed' });
    expect(await keys()).toBe(2);
    await rm(path, { recursive: true });
    expect(await keys()).toBe(1);
  });

  it('can still read its keys when an administrator has rotated them', async () => {
    const isRoot = process.getuid?.() === 0;
    if (isRoot) await chown(folder, 4_321, 4_321);
    await rotateSignerKey(folder);
    await retireSignerKeys(folder);
    const { uid } = await stat(folder);
    for (const name of ['signer.key', 'earlier-policy.txt'])
      expect((await stat(join(folder, name))).uid).toBe(uid);
  });

  it('goes on with the keys that it has while their file is damaged or of another deployment', async () => {
    const path = join(folder, 'signer.key');
    const key = await readFile(path);
    await writeFile(path, 'damaged');
    expect(await signer.sign(growth(0, 3))).toMatchObject({ kind: 'signed' });
    await rm(path);
    expect(await signer.sign(growth(3, 5))).toMatchObject({ kind: 'signed' });
    const other = await mkdtemp(join(tmpdir(), 'waybill-signer-'));
    await openSignerKeys(other);
    await writeFile(path, await readFile(join(other, 'signer.key')));
    await rm(other, { recursive: true });
    expect(await signer.sign(growth(5, 7))).toMatchObject({ kind: 'signed' });
    expect(parsePolicy(await signer.policy([LOG])).logs).toHaveLength(1);
    await writeFile(path, key);
    await expect(rotateSignerKey(join(folder, 'none'))).rejects.toThrow(/SIGNER_KEYS/);
  });
});
