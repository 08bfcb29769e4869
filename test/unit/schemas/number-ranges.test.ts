import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MISSING_RANGES_MAX,
  afterRange,
  numberedBytes,
  parseNumbered,
} from '../../../schemas/number-ranges.ts';
import type { Numbered } from '../../../schemas/number-ranges.ts';

const none: Numbered = { next: 0, missing: [] };
const holes = ({ missing }: Numbered) => missing.map(({ from, to }) => [from, to]);

function after(...ranges: readonly (readonly [from: number, count: number])[]): Numbered {
  return ranges.reduce((numbered, [from, count]) => afterRange(numbered, from, count, 7), none);
}

describe('a dense numbering', () => {
  it('has no hole where everything came, again and in another order too', () => {
    const stretches = fc.shuffledSubarray([...Array(20).keys()], { minLength: 20 });
    const repeats = fc.array(fc.nat(19), { maxLength: 20 });
    fc.assert(
      fc.property(stretches, repeats, (order, again) => {
        const numbered = after(...[...order, ...again].map((at) => [at * 3, 3] as const));
        expect(numbered).toEqual({ next: 60, missing: [] });
      }),
    );
  });

  it('names exactly what did not come', () => {
    const came = fc.uniqueArray(fc.nat(39), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(came, (numbers) => {
        const numbered = after(...numbers.map((number) => [number, 1] as const));
        const missing = new Set(
          numbered.missing.flatMap(({ from, to }) =>
            Array.from({ length: to - from }, (_, at) => from + at),
          ),
        );
        for (let number = 0; number <= Math.max(...numbers); number += 1) {
          expect(missing.has(number)).toBe(!numbers.includes(number));
        }
      }),
    );
  });

  it('learns of a lost end by being told how many there were', () => {
    expect(holes(after([0, 10], [15, 0]))).toEqual([[10, 15]]);
    expect(after([0, 10], [10, 0])).toEqual({ next: 10, missing: [] });
    expect(holes(after([0, 10], [15, 0], [10, 5]))).toEqual([]);
  });

  it('tells a bounded number of holes apart, and the count of what is missing stays right', () => {
    const numbered = after(...[...Array(200).keys()].map((at) => [at * 2 + 1, 1] as const));
    expect(numbered.missing).toHaveLength(MISSING_RANGES_MAX);
    expect(numbered.missing.at(-1)?.to).toBe(399);
  });

  it('is read back as it was written, and from nothing else', () => {
    const numbered = after([0, 3], [5, 2], [9, 1]);
    expect(parseNumbered(numberedBytes(numbered, 99))).toEqual({ ...numbered, heardMs: 99 });
    for (const bytes of ['', 'x', '1', '1,2,3', '1,2,3,4,x']) {
      expect(parseNumbered(Buffer.from(bytes))).toBeUndefined();
    }
  });
});
