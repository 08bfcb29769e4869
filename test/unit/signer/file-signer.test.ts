import { spawnSync } from 'node:child_process';
import {
  appendFile,
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
import { addSignerKey, retireSignerKeys } from '../../../signer/signer-keys.ts';
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

  it('rotates: a new key signs beside the old one until that is retired, under the same name', async () => {
    const before = parsePolicy(await signer.policy([LOG])).logs.map(({ key }) => key);
    await addSignerKey(folder);
    await reopen();
    const overlap = await signer.sign(growth(0, 3));
    if (overlap.kind !== 'signed') throw new Error('signed was expected');
    expect((await openCheckpoint(overlap.note, before)).checkpoint.size).toBe(3);
    const both = parsePolicy(await signer.policy([LOG])).logs.map(({ key }) => key);
    expect(both).toHaveLength(2);
    await retireSignerKeys(folder);
    await reopen();
    const after = await signer.sign(growth(3, 6));
    if (after.kind !== 'signed') throw new Error('signed was expected');
    await expect(openCheckpoint(after.note, before)).rejects.toThrow(/SIGNATURE_MISSING/);
    expect((await openCheckpoint(after.note, both)).checkpoint.size).toBe(6);
  });
});
