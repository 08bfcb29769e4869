import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendLeafHashes, emptyRange } from '../../../integrity/compact-range.ts';
import { chainTo, nameOf, parseRangeName, shortRoot } from '../../../ledger/archive/range-names.ts';
import type { SealedRange } from '../../../ledger/archive/sealed-range.ts';
import {
  decodeRange,
  encodeRange,
  packRange,
  unpackRange,
} from '../../../ledger/archive/sealed-range.ts';

const bytes = fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value));
const message = fc.record({
  offset: fc.nat(),
  appendTimeMs: fc.nat(),
  key: fc.option(fc.string()),
  headers: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
  value: fc.option(bytes),
  leaf: fc.option(bytes),
});
const header = {
  log: 'records/p0/e0',
  topic: 'waybill.records.v1',
  partition: 0,
  first: 0,
  end: 1,
  from: 0,
  to: 1,
  before: [],
  head: 'a\n',
  proof: ['ab'.repeat(32)],
};

describe('a sealed range', () => {
  it('is read as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 5 }), async (messages) => {
        const range: SealedRange = { ...header, messages };
        const plain = encodeRange(range);
        expect(decodeRange('it', await unpackRange('it', await packRange(plain)))).toEqual(range);
      }),
    );
  });

  it('holds a header of any name', () => {
    const headers = JSON.parse('{"__proto__":"a","constructor":"b"}') as Record<string, string>;
    const messages = [{ offset: 1, appendTimeMs: 2, key: null, headers, value: null, leaf: null }];
    const [read] = decodeRange('it', encodeRange({ ...header, messages })).messages;
    expect(JSON.stringify(read?.headers)).toBe(JSON.stringify(headers));
  });

  it('holds keys and headers of any length', () => {
    for (const length of [65_534, 65_535, 65_536, 100_000]) {
      const long = 'k'.repeat(length);
      const fixed = { offset: 1, appendTimeMs: 2, value: null, leaf: null };
      const messages = [{ ...fixed, key: long, headers: { a: long } }];
      const range: SealedRange = { ...header, messages };
      expect(decodeRange('it', encodeRange(range))).toEqual(range);
    }
  });

  it('is refused when it is cut anywhere, or is no range', async () => {
    const messages = [
      {
        offset: 1,
        appendTimeMs: 2,
        key: 'k',
        headers: { a: 'b' },
        value: Buffer.of(1),
        leaf: null,
      },
    ];
    const plain = encodeRange({ ...header, messages });
    const end = plain.indexOf(0x0a, 20) + 1;
    for (let at = 0; at < plain.length; at += 1) {
      // Cut behind the header, it is a range without messages, which its name does not agree with.
      if (at === end) continue;
      const cut = plain.subarray(0, at);
      expect(() => decodeRange('it', cut)).toThrow(/LEDGER_ARCHIVE_DAMAGED: it/);
    }
    const packed = await packRange(plain);
    for (let at = 0; at < packed.length; at += 1) {
      const changed = Buffer.from(packed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const read = async () => (await unpackRange('it', changed)).equals(plain);
      // A flag of the frame that says nothing of the content may change; the content may not.
      expect(await read().catch((error: Error) => error.message)).toSatisfy(
        (told) => told === true || String(told).startsWith('LEDGER_ARCHIVE_DAMAGED'),
      );
    }
  });
});

describe('names of ranges', () => {
  const tree = (size: number, kind: string) =>
    appendLeafHashes(
      emptyRange,
      Array.from({ length: size }, (_, at) => Buffer.alloc(32, `${kind}${at}`)),
    );
  const range = (from: ReturnType<typeof tree>, to: ReturnType<typeof tree>) => ({
    log: 'records/p0/e0',
    first: from.size,
    end: to.size,
    before: shortRoot(from),
    after: shortRoot(to),
  });

  it('are read as they were written, and nothing else is', () => {
    const name = range(emptyRange, tree(3, 'a'));
    expect(parseRangeName(nameOf(name))).toEqual(name);
    expect(parseRangeName(`${nameOf(name)}.4f1c`)).toBeUndefined();
    expect(parseRangeName('records/p0/e0/notes.txt')).toBeUndefined();
  });

  it('lead back to the first leaf along the history asked for, and say where one is missing', () => {
    const start = range(emptyRange, tree(2, 'a'));
    const [one, other] = [tree(5, 'a'), tree(5, 'b')];
    const ours = range(tree(2, 'a'), one);
    const theirs = range(tree(2, 'a'), other);
    const names = [theirs, ours, start];
    expect(chainTo(names, 'l', one)).toEqual([start, ours]);
    expect(chainTo(names, 'l', other)).toEqual([start, theirs]);
    expect(() => chainTo([ours], 'l', one)).toThrow(/LEDGER_ARCHIVE_SHORT: l: no range ends at 2/);
  });
});
