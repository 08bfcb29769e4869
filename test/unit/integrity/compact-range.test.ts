import { describe, expect, it } from 'vitest';
import {
  appendLeafHashes,
  emptyRange,
  readRange,
  rootOf,
  treeRoot,
} from '../../../integrity/compact-range.ts';
import { IntegrityError } from '../../../integrity/errors.ts';
import { madeLeafHashes, mth } from './rfc6962.ts';

const leaves = madeLeafHashes(300);

describe('a compact range', () => {
  it('has the root of RFC 6962 at every size, however its leaves came', () => {
    let oneByOne = emptyRange;
    for (let size = 0; size <= leaves.length; size += 1) {
      expect(rootOf(oneByOne)).toEqual(mth(leaves.slice(0, size)));
      const cut = (size * 7) % (size + 1);
      const inTwo = appendLeafHashes(
        appendLeafHashes(emptyRange, leaves.slice(0, cut)),
        leaves.slice(cut, size),
      );
      expect(inTwo).toEqual(oneByOne);
      oneByOne = appendLeafHashes(oneByOne, leaves.slice(size, size + 1));
    }
  });

  it('leaves the range it grows from as it was', () => {
    const range = appendLeafHashes(emptyRange, leaves.slice(0, 7));
    const before = [...range.hashes];
    appendLeafHashes(range, leaves.slice(7, 20));
    expect(range.hashes).toEqual(before);
  });

  it('tells each complete node once, children first, with the hash of its leaves', () => {
    const told = new Map<string, Uint8Array>();
    appendLeafHashes(
      appendLeafHashes(emptyRange, leaves.slice(0, 41), tell),
      leaves.slice(41, 100),
      tell,
    );
    function tell(level: number, index: number, hash: Uint8Array): void {
      expect(told.has(`${level} ${index}`)).toBe(false);
      if (level > 0) expect(told.has(`${level - 1} ${index * 2 + 1}`)).toBe(true);
      told.set(`${level} ${index}`, hash);
    }
    // 100 + 50 + 25 + 12 + 6 + 3 + 1 complete nodes.
    expect(told.size).toBe(197);
    for (const [name, hash] of told) {
      const [level = 0, index = 0] = name.split(' ').map(Number);
      expect(hash).toEqual(mth(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)));
    }
  });

  it('is read back, and refused when hashes are missing, too many or too short', () => {
    const { hashes } = appendLeafHashes(emptyRange, leaves.slice(0, 13));
    expect(rootOf(readRange(13, hashes))).toEqual(treeRoot(leaves.slice(0, 13)));
    const wrong: readonly [number, readonly Uint8Array[]][] = [
      [13, hashes.slice(1)],
      [13, [...hashes, ...hashes.slice(0, 1)]],
      [12, hashes],
      [13, [...hashes.slice(1), new Uint8Array(31)]],
      [-1, hashes],
      [1.5, hashes],
      [2 ** 53, hashes],
    ];
    for (const [size, given] of wrong) {
      expect(() => readRange(size, given)).toThrow(IntegrityError);
    }
    expect(readRange(0, [])).toEqual(emptyRange);
  });
});
