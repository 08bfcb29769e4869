import { readFileSync, writeFileSync } from 'node:fs';
import { mulberry32 } from '../bench/seeded.ts';
import { readMarked } from '../test/golden/redaction/marked-text.ts';
import { makeCases } from '../test/golden/redaction/make-cases.ts';

/** Writes the labelled set of redaction: two generated parts, and those written by hand from their marked text. The same seeds give the same files. */
const folder = 'test/golden/redaction';
const parts = [
  ['development', 20_261, 1000],
  ['held-out', 77_003, 800],
] as const;
for (const [part, seed, count] of parts) {
  const lines = makeCases(part, mulberry32(seed), count).map((entry) => JSON.stringify(entry));
  writeFileSync(`${folder}/${part}.jsonl`, `${lines.join('\n')}\n`);
  console.log(`${folder}/${part}.jsonl: ${lines.length} cases`);
}

for (const part of ['hand-written', 'foreign', 'foreign-held-out']) {
  const marked = readMarked(readFileSync(`${folder}/${part}.txt`, 'utf8'), part);
  const lines = marked.map((entry) => JSON.stringify(entry));
  writeFileSync(`${folder}/${part}.jsonl`, `${lines.join('\n')}\n`);
  console.log(`${folder}/${part}.jsonl: ${marked.length} cases`);
}
