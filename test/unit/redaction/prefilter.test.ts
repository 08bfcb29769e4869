import { describe, expect, it } from 'vitest';
import { mulberry32 } from '../../../bench/seeded.ts';
import { anchorRules } from '../../../redaction/anchors.ts';
import {
  CHUNK_BYTES_MAX,
  createPlainPrefilter,
  createVectorPrefilter,
} from '../../../redaction/prefilter.ts';
import type { Prefilter } from '../../../redaction/prefilter.ts';

function markedPlaces(prefilter: Prefilter, text: string | Uint8Array): readonly number[] {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
  prefilter.mark(bytes, 0, bytes.length, 0);
  const size = Math.min(bytes.length, CHUNK_BYTES_MAX);
  return Array.from({ length: size }, (_, at) => at).filter(
    (at) => (((prefilter.marks[at >> 5] ?? 0) >> (at & 31)) & 1) === 1,
  );
}

function vector(): Prefilter {
  const prefilter = createVectorPrefilter();
  if (prefilter === null) throw new Error('there is no WebAssembly with vectors on this machine');
  return prefilter;
}

describe.each([
  ['with vectors', vector],
  ['without', createPlainPrefilter],
])('the prefilter %s', (_, create) => {
  it.each([
    ['the first digit of a run', 'ab 1234 cd', [3]],
    ['the sign behind a key', '"key": "v"', [5]],
    ['the first slash of an address but no other', ' / x//c', [4]],
    ['a capital at the beginning of a word', 'x Anna', [2]],
    ['the sign of an e-mail address', 'x@y', [1]],
  ])('marks %s', (__, text, places) => {
    expect(markedPlaces(create(), text)).toEqual(places);
  });

  it('marks nothing in small letters', () => {
    expect(markedPlaces(create(), 'the quick fox jumps over lazy dogs, '.repeat(40))).toEqual([]);
  });

  it('marks a superset of what the rules say, at any place of a text', () => {
    const random = mulberry32(3);
    const prefilter = create();
    for (const rule of anchorRules) {
      for (let round = 0; round < 50; round += 1) {
        const bytes = Uint8Array.from({ length: 2 + Math.floor(random() * 90) }, () => 0x61);
        const at = 1 + Math.floor(random() * (bytes.length - 2));
        const pick = (from: readonly number[]): number =>
          from[Math.floor(random() * from.length)] ?? 0;
        bytes[at] = pick(rule.at);
        if (rule.before) bytes[at - 1] = pick(rule.before);
        if (rule.behind && at + 1 < bytes.length) bytes[at + 1] = pick(rule.behind);
        if (!rule.behind || at + 1 < bytes.length)
          expect(markedPlaces(prefilter, bytes)).toContain(at);
      }
    }
  });
});

describe('the two ways of the prefilter', () => {
  it('mark the same bytes and see the same, whatever they are', () => {
    const random = mulberry32(7);
    const [fast, plain] = [vector(), createPlainPrefilter()];
    for (let round = 0; round < 600; round += 1) {
      const size = round < 590 ? round % 97 : CHUNK_BYTES_MAX + (round - 595);
      const bytes = Uint8Array.from({ length: size }, () => Math.floor(random() * 256));
      const start = Math.min(size, round % 4);
      for (const from of [start, Math.min(size, start + 13)]) {
        const seen = [fast, plain].map((one) => one.mark(bytes, start, size, from));
        expect(seen[0]).toBe(seen[1]);
        const marks = [fast, plain].map((one) =>
          marksOf(one, Math.min(size - from, CHUNK_BYTES_MAX)),
        );
        expect(marks[0]).toEqual(marks[1]);
      }
    }
  });
});

function marksOf({ marks }: Prefilter, size: number): Int32Array {
  const copy = marks.slice(0, (size + 31) >> 5);
  const rest = size & 31;
  if (rest > 0) copy[copy.length - 1] = (copy.at(-1) ?? 0) & ((1 << rest) - 1);
  return copy;
}
