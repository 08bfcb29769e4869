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
import { treeRoot } from '../../../integrity/compact-range.ts';
import { leafHash } from '../../../integrity/merkle.ts';
import { openCheckpoint } from '../../../integrity/open-checkpoint.ts';
import { parsePolicy } from '../../../integrity/policy.ts';
import { openFileSigner } from '../../../ledger/file-signer.ts';
import type { SignRequest, Signer } from '../../../ledger/signer.ts';
import { addSignerKey, openSignerKeys, retireSignerKeys } from '../../../ledger/signer-keys.ts';
import { proofBetween } from '../../support/proof-between.ts';

const LOG = 'records/p0/e0';
const leaves = Array.from({ length: 20 }, (_, at) => leafHash(Buffer.from(`leaf ${at}`)));
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

function growth(oldSize: number, size: number, changes: Partial<SignRequest> = {}): SignRequest {
  const root = treeRoot(leaves.slice(0, size));
  const proof = proofBetween(leaves.slice(0, size), oldSize);
  return { logId: LOG, oldSize, size, root, proof, fence: 1, ...changes };
}

async function reopen(): Promise<void> {
  await signer.close();
  signer = await openFileSigner(folder);
}

async function open(note: string) {
  const keys = parsePolicy(signer.policy([LOG])).logs.map(({ key }) => key);
  return openCheckpoint(note, keys);
}

describe('the signer', () => {
  it('signs a tree that grows, so that whoever has its policy believes it', async () => {
    for (const [oldSize, size] of [
      [0, 3],
      [3, 7],
      [7, 20],
    ] as const) {
      const answer = await signer.sign(growth(oldSize, size));
      if (answer.kind !== 'signed') throw new Error(`signed was expected, not ${answer.kind}`);
      const { checkpoint } = await open(answer.note);
      const { deployment } = await openSignerKeys(folder);
      expect(checkpoint).toMatchObject({ origin: `${deployment}/log/${LOG}`, size });
      expect(Buffer.from(checkpoint.root)).toEqual(Buffer.from(treeRoot(leaves.slice(0, size))));
    }
  });

  it('gives the same note for the same request again, also after a restart', async () => {
    const first = await signer.sign(growth(0, 5));
    expect(await signer.sign(growth(0, 5))).toEqual(first);
    await reopen();
    expect(await signer.sign(growth(0, 5))).toEqual(first);
    expect(first).toMatchObject({ note: (await signer.latest(LOG))?.note });
  });

  it('never signs another tree, a smaller one, or one that does not follow from the last', async () => {
    await signer.sign(growth(0, 8));
    const forged = leaves.with(2, leafHash(Buffer.from('forged')));
    const fork = { root: treeRoot(forged.slice(0, 8)) };
    expect(await signer.sign(growth(8, 8, fork))).toEqual({ kind: 'refused', reason: 'fork' });
    const longer = { root: treeRoot(forged), proof: proofBetween(forged, 8) };
    expect(await signer.sign(growth(8, 20, longer))).toEqual({ kind: 'refused', reason: 'proof' });
    expect(await signer.sign(growth(8, 20, { proof: [] }))).toEqual({
      kind: 'refused',
      reason: 'proof',
    });
    expect(await signer.sign(growth(5, 7))).toEqual({ kind: 'conflict', size: 8 });
    expect(await signer.sign(growth(0, 20, { proof: [] }))).toEqual({ kind: 'conflict', size: 8 });
    const smaller = growth(8, 8, { size: 7, root: treeRoot(leaves.slice(0, 7)) });
    expect(await signer.sign(smaller)).toEqual({ kind: 'refused', reason: 'proof' });
    expect(await signer.sign(growth(8, 20))).toMatchObject({ kind: 'signed' });
  });

  it('signs nothing more for an owner that was replaced', async () => {
    await signer.sign(growth(0, 4, { fence: 2 }));
    await reopen();
    const zombie = growth(4, 6, { fence: 1 });
    expect(await signer.sign(zombie)).toEqual({ kind: 'refused', reason: 'fenced' });
    expect(await signer.sign(growth(4, 6, { fence: 3 }))).toMatchObject({ kind: 'signed' });
  });

  it('is for one process: a second one of the folder could sign a second tree', async () => {
    const script = `
      import { openFileSigner } from ${JSON.stringify(join(process.cwd(), 'ledger/file-signer.ts'))};
      await openFileSigner(process.argv[1]).then(() => console.log('open'), (error) => console.log(error.code));`;
    const other = (): string => {
      const argv = ['--input-type=module', '-e', script, folder];
      return String(spawnSync(process.execPath, argv).stdout).trim();
    };
    expect(other()).toBe('LEDGER_SIGNER_IN_USE');
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
    await expect(signer.sign(growth(0, 4))).rejects.toThrow('LEDGER_SIGNER_STATE');
    await reopen();
    expect(await signer.sign(growth(0, 4))).toMatchObject({ kind: 'signed' });
  });

  it('keeps logs apart', async () => {
    await signer.sign(growth(0, 8));
    const other = growth(0, 5, { logId: 'records/p1/e0' });
    expect(await signer.sign(other)).toMatchObject({ kind: 'signed' });
    expect((await signer.latest(LOG))?.size).toBe(8);
    expect(await signer.latest('records/p2/e0')).toBeUndefined();
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
    await expect(openFileSigner(folder)).rejects.toThrow(/LEDGER_SIGNER_STATE/);
    await writeFile(path, state);
    signer = await openFileSigner(folder);
  });

  it('keeps its keys where only it may read them, and tells nothing of them that are damaged', async () => {
    const path = join(folder, 'signer.key');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const key = await readFile(path, 'utf8');
    await writeFile(path, key.slice(0, -6));
    const opening = openFileSigner(folder);
    await expect(opening).rejects.toThrow(/LEDGER_SIGNER_KEYS/);
    await expect(opening).rejects.not.toThrow(key.slice(-40, -6));
    await writeFile(path, key);
  });

  it('rotates: a new key signs beside the old one until that is retired, under the same name', async () => {
    const before = parsePolicy(signer.policy([LOG])).logs.map(({ key }) => key);
    await addSignerKey(folder);
    await reopen();
    const overlap = await signer.sign(growth(0, 3));
    if (overlap.kind !== 'signed') throw new Error('signed was expected');
    expect((await openCheckpoint(overlap.note, before)).checkpoint.size).toBe(3);
    const both = parsePolicy(signer.policy([LOG])).logs.map(({ key }) => key);
    expect(both).toHaveLength(2);
    await retireSignerKeys(folder);
    await reopen();
    const after = await signer.sign(growth(3, 6));
    if (after.kind !== 'signed') throw new Error('signed was expected');
    await expect(openCheckpoint(after.note, before)).rejects.toThrow(/SIGNATURE_MISSING/);
    expect((await openCheckpoint(after.note, both)).checkpoint.size).toBe(6);
  });
});
