import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { microsecondsAt } from '../../../otlp/wire.ts';

// Nanoseconds whose microseconds, rounded down, are 2^53 − 2.
const last = 2n ** 53n * 1000n - 1001n;

describe('microsecondsAt', () => {
  it('divides as whole numbers of 64 bits do', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: last }), (ns) => {
        expect(microsecondsAt(fixed64(ns), 0)).toBe(Number(ns / 1000n));
      }),
    );
  });

  it.each([last + 1n, 2n ** 63n, 2n ** 64n - 1n])(
    'stays at the last time that a record can hold for %s ns',
    (ns) => expect(microsecondsAt(fixed64(ns), 0)).toBe(9_007_199_254_740_990),
  );
});

function fixed64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
