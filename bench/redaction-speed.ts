import { createRedactor } from '../redaction/redactor.ts';
import { slowestTexts } from './redaction-adversarial.ts';
import { generatedMix } from './redaction-mix.ts';

/** Prints our own speed over wire bytes: the mix, the labelled texts one by one, the slowest document in a hundred, and the slowest texts found. */
export function printOwnSpeed(labelled: readonly string[]): void {
  const mix = generatedMix(9, 8_000_000).map((text) => Buffer.from(text));
  const small = labelled.map((text) => Buffer.from(text));
  console.log('\n## Wire bytes, one thread\n\n| | MB/s |\n| --- | --- |');
  console.log(`| mix of rows, logs, code, prose | ${bestSpeed(mix)} |`);
  console.log(`| the labelled texts, one by one | ${bestSpeed(small)} |`);
  const times = mix.map((bytes) => bestTime([bytes])).sort((a, b) => a - b);
  const p99 = (times[Math.floor(times.length * 0.99)] ?? 0) / 1000;
  console.log(
    `\np99 of a document of the mix: ${p99.toFixed(2)} ms; RSS ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
  );
  console.log('\nslowest texts of 64 KiB, of one piece or of up to three, over and over\n');
  for (const { pattern, megabytesASecond } of slowestTexts(1, 30).slice(0, 10)) {
    console.log(`${megabytesASecond.toFixed(2).padStart(8)} MB/s ${JSON.stringify(pattern)}`);
  }
}

const ROUNDS = 8;

function bestSpeed(documents: readonly Buffer[]): string {
  const bytes = documents.reduce((sum, { length }) => sum + length, 0);
  return (bytes / bestTime(documents)).toFixed(1);
}

// Microseconds of the processor, the best of some rounds.
function bestTime(documents: readonly Buffer[]): number {
  const detect = wireDetect();
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = process.cpuUsage();
    for (const bytes of documents) detect('', bytes);
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, user + system);
  }
  return best;
}

/** Redacts wire bytes and throws the result away. */
export function wireDetect(): (text: string, bytes: Buffer) => unknown {
  const key = Buffer.alloc(32, 1);
  const redactor = createRedactor({
    tenant: 'bench',
    keys: { principal: key, session: key, token: key },
  });
  return (_, bytes) => {
    const redaction = redactor.redactValue('', bytes);
    redactor.takePrincipals();
    return redaction;
  };
}
