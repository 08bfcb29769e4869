import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { treeRoot } from '../../../integrity/compact-range.ts';
import { leafHash } from '../../../integrity/merkle.ts';
import { openCheckpoint } from '../../../integrity/open-checkpoint.ts';
import { parsePolicy } from '../../../integrity/policy.ts';
import type { Signer } from '../../../signer/signer.ts';
import { GROWN_LOG, grownLeaves, growth } from '../../support/grown-tree.ts';
import { proofBetween } from '../../support/proof-between.ts';

/** One signer, and what ends and begins it again with the same folder. */
export type SignerPlace = {
  readonly open: () => Promise<Signer>;
  /** As a power cut would, where it is a process. */
  readonly restart: () => Promise<void>;
  readonly destroy: () => Promise<void>;
};

/** What every signer promises. */
export function testSignerContract(name: string, createPlace: () => Promise<SignerPlace>): void {
  describe(`the signer, ${name}`, () => {
    let place: SignerPlace;
    let signer: Signer;
    beforeEach(async () => {
      place = await createPlace();
      signer = await place.open();
    });
    afterEach(async () => {
      await signer.close();
      await place.destroy();
    });
    const reopen = async (): Promise<void> => {
      await signer.close();
      await place.restart();
      signer = await place.open();
    };

    it('signs a tree that grows, so that whoever has its policy believes it', async () => {
      const policy = parsePolicy(await signer.policy([GROWN_LOG]));
      const keys = policy.logs.map(({ key }) => key);
      for (const [oldSize, size] of [
        [0, 3],
        [3, 7],
        [7, 20],
      ] as const) {
        const answer = await signer.sign(growth(oldSize, size));
        if (answer.kind !== 'signed') throw new Error(`signed was expected, not ${answer.kind}`);
        const { checkpoint } = await openCheckpoint(answer.note, keys);
        expect(checkpoint.origin).toMatch(/^waybill-[0-9a-f]{16}\/log\/records\/p0\/e0$/);
        expect(checkpoint.size).toBe(size);
        const root = treeRoot(grownLeaves.slice(0, size));
        expect(Buffer.from(checkpoint.root)).toEqual(Buffer.from(root));
      }
    });

    it('gives the same note for the same request again, also after a restart', async () => {
      const first = await signer.sign(growth(0, 5));
      expect(await signer.sign(growth(0, 5))).toEqual(first);
      await reopen();
      expect(await signer.sign(growth(0, 5))).toEqual(first);
      expect(first).toMatchObject({ note: (await signer.latest(GROWN_LOG))?.note });
    });

    it('never signs another tree, a smaller one, or one that does not follow from the last', async () => {
      await signer.sign(growth(0, 8));
      const forged = grownLeaves.with(2, leafHash(Buffer.from('forged'))).slice(0, 20);
      const fork = { root: treeRoot(forged.slice(0, 8)) };
      expect(await signer.sign(growth(8, 8, fork))).toEqual({ kind: 'refused', reason: 'fork' });
      const longer = { root: treeRoot(forged), proof: proofBetween(forged, 8) };
      const refused = { kind: 'refused', reason: 'proof' };
      expect(await signer.sign(growth(8, 20, longer))).toEqual(refused);
      expect(await signer.sign(growth(8, 20, { proof: [] }))).toEqual(refused);
      expect(await signer.sign(growth(5, 7))).toEqual({ kind: 'conflict', size: 8 });
      const anew = growth(0, 20, { proof: [] });
      expect(await signer.sign(anew)).toEqual({ kind: 'conflict', size: 8 });
      const root = treeRoot(grownLeaves.slice(0, 7));
      expect(await signer.sign(growth(8, 8, { size: 7, root }))).toEqual(refused);
      expect(await signer.sign(growth(8, 20))).toMatchObject({ kind: 'signed' });
    });

    it('signs one of many that come at once from one size, whoever they are of', async () => {
      const sizes = Array.from({ length: 12 }, (_, at) => 10 + at);
      const answers = await Promise.all(sizes.map(async (size) => signer.sign(growth(0, size))));
      const kinds = answers.map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === 'signed')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'conflict')).toHaveLength(11);
    });

    it('signs nothing more for an owner that was replaced, also after a restart', async () => {
      await signer.sign(growth(0, 4, { fence: 2 }));
      await reopen();
      const zombie = growth(4, 6, { fence: 1 });
      expect(await signer.sign(zombie)).toEqual({ kind: 'refused', reason: 'fenced' });
      expect(await signer.sign(growth(4, 6, { fence: 3 }))).toMatchObject({ kind: 'signed' });
    });

    it('keeps logs apart', async () => {
      await signer.sign(growth(0, 8));
      const other = growth(0, 5, { logId: 'records/p1/e0' });
      expect(await signer.sign(other)).toMatchObject({ kind: 'signed' });
      expect((await signer.latest(GROWN_LOG))?.size).toBe(8);
      expect(await signer.latest('records/p2/e0')).toBeUndefined();
    });
  });
}
