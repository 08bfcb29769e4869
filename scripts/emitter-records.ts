import { readdirSync } from 'node:fs';
import { capturedEmitters } from '../test/emitters/captures.ts';
import { recordsOfCapture } from '../test/unit/emitters/run-capture.ts';
import { currentRecords, runEngine } from '../test/unit/enricher/run-engine.ts';
import { messagesOf, readTranscripts } from '../test/unit/enricher/transcript.ts';
import type { EmitterRecords } from './render-emitters.ts';

const folder = 'test/golden/enricher';

/** What the captures of real runs give. */
export function capturedRecords(): readonly EmitterRecords[] {
  return capturedEmitters().map((emitter) => ({ emitter, records: recordsOfCapture(emitter) }));
}

/** What the cases written by hand give, by the emitter that they name. */
export function writtenRecords(): readonly EmitterRecords[] {
  const transcripts = readdirSync(folder).flatMap((file) => readTranscripts(`${folder}/${file}`));
  const byEmitter = Map.groupBy(transcripts, ({ emitter }) => emitter ?? '');
  return [...byEmitter]
    .filter(([emitter]) => emitter !== '')
    .map(([emitter, cases]) => ({
      emitter,
      records: cases.flatMap((one) => currentRecords(runEngine(messagesOf(one)).records)),
    }));
}
