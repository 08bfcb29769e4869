import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonWriter, memberName } from '../../../ledger/json-writer.ts';

const writer = new JsonWriter();

function written(write: (to: JsonWriter) => void): string {
  writer.clear();
  write(writer);
  return writer.written().toString();
}

describe('JSON written as bytes', () => {
  it('is what JSON.stringify writes of any text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({ unit: 'grapheme-ascii', maxLength: 80 }),
      fc.constantFrom('"', '\\', '\u0000', '\u007f', '\u0080', 'é', '😀', '\ud800', 'a\udfff', ''),
    );
    const property = fc.property(texts, (text) => {
      expect(written((to) => to.text(text))).toBe(JSON.stringify(text));
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('is what JSON.stringify writes of any number', () => {
    const edges = [0, -0, 9, 10, 99_999_999, 1e8, 1e8 + 7, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53];
    const numbers = fc.oneof(fc.maxSafeNat(), fc.maxSafeInteger(), fc.double());
    for (const edge of edges) expect(written((to) => to.number(edge))).toBe(JSON.stringify(edge));
    const property = fc.property(numbers, (number) => {
      expect(written((to) => to.number(number))).toBe(JSON.stringify(number));
    });
    fc.assert(property, { numRuns: 300 });
  });

  it('closes lists and objects, empty ones too, and grows with what it is given', () => {
    const long = 'x"'.repeat(100_000);
    const text = written((to) => {
      to.openObject();
      to.name(memberName('none'));
      to.openList();
      to.closeList();
      to.name(memberName('some'));
      to.openList();
      to.openObject();
      to.closeObject();
      to.text(long);
      to.nullable(null);
      to.truth(false);
      to.closeList();
      to.closeObject();
    });
    expect(text).toBe(JSON.stringify({ none: [], some: [{}, long, null, false] }));
  });
});
