import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentDigest } from '../../../enricher/content-digest.ts';
import { startReading, takeCount, takeNumber, takeText } from '../../../enricher/state-reader.ts';
import {
  finishWriting,
  putCount,
  putNumber,
  putText,
  startWriting,
} from '../../../enricher/state-writer.ts';

describe('state', () => {
  it('reads back every text, number and count it wrote', () => {
    const value = fc.oneof(
      fc.record({ text: fc.string({ unit: 'binary', maxLength: 300 }) }),
      fc.record({ number: fc.double({ noNaN: true }) }),
      fc.record({ count: fc.maxSafeNat() }),
    );
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const to = startWriting();
        for (const each of values) {
          if ('text' in each) putText(to, each.text);
          else if ('number' in each) putNumber(to, each.number);
          else putCount(to, each.count);
        }
        const from = startReading(finishWriting(to));
        for (const each of values) {
          if ('text' in each) expect(takeText(from)).toBe(each.text);
          else if ('number' in each) expect(takeNumber(from)).toBe(each.number);
          else expect(takeCount(from)).toBe(each.count);
        }
      }),
    );
  });

  it('writes texts longer than its first buffer', () => {
    const long = 'é'.repeat(200_000);
    const to = startWriting();
    putText(to, 'before');
    putText(to, long);
    const from = startReading(finishWriting(to));
    expect(takeText(from)).toBe('before');
    expect(takeText(from)).toBe(long);
  });

  it('throws on bytes that end too early, rather than make something up', () => {
    const to = startWriting();
    putText(to, 'a text of some length');
    const cut = finishWriting(to).subarray(0, 5);
    expect(() => takeText(startReading(cut))).toThrow('ends too early');
  });
});

describe('the content digest', () => {
  it('is a whole number that JavaScript holds exactly, and differs where one byte does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat(), (bytes, at) => {
        const digest = contentDigest(bytes);
        expect(Number.isSafeInteger(digest)).toBe(true);
        const other = Uint8Array.from(bytes);
        other[at % bytes.length] = ((other[at % bytes.length] ?? 0) + 1) % 256;
        expect(contentDigest(other)).not.toBe(digest);
        expect(contentDigest(Uint8Array.from(bytes))).toBe(digest);
      }),
    );
  });
});
