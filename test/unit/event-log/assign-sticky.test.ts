import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignSticky } from '../../../event-log/kafka/assign-sticky.ts';

const shares = (members: Readonly<Record<string, readonly number[]>>, partitions: number) =>
  Object.fromEntries(
    assignSticky(
      Object.entries(members).map(([id, owned]) => ({ id, owned })),
      partitions,
    ),
  );

describe('sharing partitions out', () => {
  it('gives a single member all', () => {
    expect(shares({ a: [] }, 3)).toEqual({ a: [0, 1, 2] });
  });

  it('takes from who has most for one who comes, and moves nothing else', () => {
    expect(shares({ a: [0, 1, 2, 3], b: [] }, 4)).toEqual({ a: [0, 1], b: [2, 3] });
    expect(shares({ a: [0, 1], b: [2, 3], c: [] }, 4)).toEqual({ a: [0, 1], b: [2], c: [3] });
  });

  it('gives what a member leaves behind to the others, who keep theirs', () => {
    expect(shares({ a: [0, 1], c: [3] }, 4)).toEqual({ a: [0, 1], c: [2, 3] });
  });

  it('lets members without a partition wait when there are more members than partitions', () => {
    expect(shares({ a: [1], b: [], c: [0] }, 2)).toEqual({ a: [1], b: [], c: [0] });
  });

  it('gives each partition to one member, evenly, whatever members claim', () => {
    const partition = fc.integer({ min: -2, max: 20 });
    const members = fc.uniqueArray(
      fc.record({ id: fc.string(), owned: fc.array(partition, { maxLength: 20 }) }),
      { selector: ({ id }) => id, minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(members, fc.integer({ min: 1, max: 16 }), (known, partitions) => {
        const shared = [...assignSticky(known, partitions).values()];
        const all = shared.flat().toSorted((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: partitions }, (_, at) => at));
        const sizes = shared.map((share) => share.length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('moves nothing when it is done again', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 16 }));
    fc.assert(
      fc.property(sizes, ([members, partitions]) => {
        const fresh = Array.from({ length: members }, (_, at) => ({ id: `m${at}`, owned: [] }));
        const first = assignSticky(fresh, partitions);
        const second = assignSticky(
          [...first].map(([id, owned]) => ({ id, owned })),
          partitions,
        );
        expect([...second]).toEqual([...first]);
      }),
    );
  });
});
