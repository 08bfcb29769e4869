import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runEngine } from './run-engine.ts';
import { messagesOf, readTranscripts, summarise } from './transcript.ts';

const folder = 'test/golden/enricher';

for (const file of readdirSync(folder).toSorted()) {
  describe(`transcripts of ${file}`, () => {
    for (const transcript of readTranscripts(`${folder}/${file}`)) {
      it(transcript.title, () => {
        const { records } = runEngine(messagesOf(transcript));
        const { expect: expected } = transcript;
        expect(records.map((record, index) => summarise(record, expected[index] ?? {}))).toEqual(
          expected,
        );
      });
    }
  });
}
