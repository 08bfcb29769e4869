import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { treeRoot } from '../../../integrity/compact-range.ts';
import { leafHash } from '../../../integrity/merkle.ts';
import type { HashReader } from '../../../record-store/tree-nodes.ts';
import { durableSigner } from '../../../signer/durable-signer.ts';
import { openFileSigner } from '../../../signer/file-signer.ts';
import type { Signer } from '../../../signer/signer.ts';
import { grownLeaves, growth } from '../../support/grown-tree.ts';

/** A store of one tile, which holds the first leaves of `grownLeaves`. */
function storeOf(held: number): HashReader {
  return {
    query: async <Row>({ sql, params }: Parameters<HashReader['query']>[0]) => {
      if (sql.startsWith('SELECT uniqExact')) {
        const leaves = Math.max(0, Math.min(held, Number(params['to'])) - Number(params['from']));
        return Promise.resolve([{ leaves }] as Row[]);
      }
      const some = grownLeaves.slice(
        Number(params['from0']),
        Math.min(held, Number(params['to0'])),
      );
      const hashes = some.map((hash) => Buffer.from(hash).toString('hex')).join('');
      return Promise.resolve([{ tile: params['tile0'], hashes }] as Row[]);
    },
  };
}

let folder: string;
let own: Signer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-signer-'));
  own = await openFileSigner(folder);
});
afterEach(async () => {
  await own.close();
  await rm(folder, { recursive: true });
});

describe('a signer that reads the store', () => {
  it('signs what the store holds, by the proof that the store gives', async () => {
    const signer = durableSigner(own, storeOf(20));
    expect(await signer.sign(growth(0, 7))).toMatchObject({ kind: 'signed' });
    expect(await signer.sign(growth(7, 20, { proof: [] }))).toMatchObject({ kind: 'signed' });
    await expect(signer.sign(growth(20, 21))).rejects.toMatchObject({ code: 'SIGNER_NOT_DURABLE' });
  });

  it('signs no first tree but the one that the store holds', async () => {
    const signer = durableSigner(own, storeOf(20));
    const forged = grownLeaves.with(2, leafHash(Buffer.from('forged'))).slice(0, 7);
    const refused = { kind: 'refused', reason: 'proof' };
    expect(await signer.sign(growth(0, 7, { root: treeRoot(forged) }))).toEqual(refused);
    expect(await signer.sign(growth(0, 7))).toMatchObject({ kind: 'signed' });
  });
});
