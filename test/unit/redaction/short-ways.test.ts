import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generatedProse, generatedToolPayloads } from '../../../bench/redaction-mix.ts';
import { mulberry32 } from '../../../bench/seeded.ts';
import { begin, createScan, findAll } from '../../../redaction/find-all.ts';
import type { Finding, Scan, Tokens } from '../../../redaction/finding.ts';
import { createPlainPrefilter } from '../../../redaction/prefilter.ts';
import { scanShort, scanText } from '../../../redaction/scan-text.ts';
import type { Case } from '../../golden/redaction/labelled-case.ts';

const tokens: Tokens = {
  principal: (name) => `p ${name}`,
  session: (id) => `s ${id}`,
  ofClass: (dataClass, value) => `${dataClass} ${value}`,
  isSpent: () => false,
};

function golden(): readonly string[] {
  return ['development', 'held-out', 'hand-written'].flatMap((part) =>
    readFileSync(`test/golden/redaction/${part}.jsonl`, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as Case).text),
  );
}

function found(scan: Scan, text: string, find: (scan: Scan) => unknown): readonly Finding[] {
  const bytes = Buffer.from(text);
  begin(scan, { bytes, start: 0, end: bytes.length, keyPath: '' });
  find(scan);
  return [...scan.findings];
}

// What detectors look for, and what stands around it.
const pieces =
  `0|1|12|34|2026|1970-01-02|00|+49|DE89|4111 1111|-|.|/| |, |:|=|"|\\|\\n|\n|@|_|a|A|B|b|eyJ|ssw|%41|&amp;|[|>|<|(|)|+|é|١|東|ß|'|{|}|T12:30|Z|ssn|phone|id|name|Dr. |Anna|for |ms|March|uuid| (|Street|rue|born |f3a9|score|0.5|x@y.de|::|//|Bearer |-u |PID|sk-`.split(
    '|',
  );

function* texts(): Generator<string> {
  const random = mulberry32(11);
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const gold = golden();
  yield* gold;
  yield* generatedToolPayloads(3, 50_000);
  yield* generatedProse(4, 30_000);
  for (const piece of pieces) yield piece.repeat(60);
  for (let round = 0; round < 300; round += 1) {
    const length = 1 + Math.floor(random() * 60);
    yield Array.from({ length }, () => pick(pieces)).join('');
  }
  for (let round = 0; round < 300; round += 1) {
    const text = pick(gold) ?? '';
    const at = Math.floor(random() * text.length);
    yield text.slice(0, at) + (pick(pieces) ?? '') + text.slice(at + Math.floor(random() * 3));
  }
  for (let round = 0; round < 20; round += 1) {
    yield Array.from({ length: 40 }, () => pick(gold)).join(pick(pieces) ?? '');
  }
}

describe('the short ways of the engine', () => {
  it('find what the long ones find', { timeout: 120_000 }, () => {
    const [short, long] = [createScan(tokens), createScan(tokens, false)];
    for (const text of texts()) {
      const without = found(long, text, findAll);
      expect(JSON.stringify([text, found(short, text, findAll)])).toBe(
        JSON.stringify([text, without]),
      );
    }
  });

  it(
    'visit the same anchors by vectors, without, and by a look-up a byte',
    { timeout: 120_000 },
    () => {
      const scan = createScan(tokens);
      const plain = createPlainPrefilter();
      for (const text of texts()) {
        const byLookUp = found(scan, text, scanShort);
        expect({ text, found: found(scan, text, scanText) }).toEqual({ text, found: byLookUp });
        const withoutVectors = found(scan, text, (one) => scanText(one, plain));
        expect({ text, found: withoutVectors }).toEqual({ text, found: byLookUp });
      }
    },
  );
});
