import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { Case } from '../test/golden/redaction/labelled-case.ts';
import { generatedProse, generatedToolPayloads } from './redaction-mix.ts';
import type { Peer } from './redaction-peers.ts';
import { createPeers } from './redaction-peers.ts';
import type { Score, ScoredCase } from './redaction-score.ts';
import { printOwnSpeed, wireDetect } from './redaction-speed.ts';
import { f2, precision, recall, score, typedF2 } from './redaction-score.ts';

/**
 * How well values are found, and how fast: precision, recall and F2 on the labelled set, and MB/s on JSON tool payloads and on prose
 * that are mostly clean, beside libraries of npm in the same process. Prints tables.
 */
const { values } = parseArgs({
  options: {
    parts: {
      type: 'string',
      default: 'development,held-out,hand-written,foreign,foreign-held-out',
    },
    file: { type: 'string' },
    seconds: { type: 'string', default: '2' },
    peers: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

const allParts = ['development', 'held-out', 'hand-written'];

await main();

async function main(): Promise<void> {
  const peers = values.peers ? createPeers() : createPeers().slice(0, 1);
  if (values.file !== undefined) {
    await printPart(values.file, readForeign(values.file), peers);
    return;
  }
  for (const part of values.parts.split(',')) await printPart(part, readCases(part), peers);
  await printSpeed(peers);
  printOwnSpeed(allParts.flatMap((part) => readCases(part).map(({ text }) => text)));
}

async function printPart(
  part: string,
  cases: readonly ScoredCase[],
  peers: readonly Peer[],
): Promise<void> {
  const scores: [Peer, Score][] = [];
  for (const peer of peers) scores.push([peer, await score(cases, peer.detect)]);
  printScores(part, cases, scores);
}

/** Sets of others: JSON lines of `{"text": …, "spans": [{"start": …, "end": …, "type": …}]}`, places in UTF-16 code units. */
function readForeign(file: string): readonly ScoredCase[] {
  const schema = z.object({
    text: z.string(),
    spans: z.array(z.object({ start: z.number(), end: z.number(), type: z.string() })),
  });
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { text, spans } = schema.parse(JSON.parse(line));
      const named = spans.map(({ type, ...span }) => ({ ...span, dataClass: type.toLowerCase() }));
      return { text, spans: named };
    });
}

function readCases(part: string): readonly Case[] {
  const lines = readFileSync(`test/golden/redaction/${part}.jsonl`, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Case);
}

function printScores(
  part: string,
  cases: readonly ScoredCase[],
  scores: readonly [Peer, Score][],
): void {
  const gold = cases.reduce((sum, { spans }) => sum + spans.length, 0);
  console.log(`\n## ${part}: ${cases.length} cases, ${gold} values\n`);
  console.log(
    '| | precision | recall | F2 | F2 typed | fully covered | leak % chars | over-redacted % | false per 1,000 chars |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const [{ name }, own] of scores) {
    const [p, r] = [precision(own.any), recall(own.any)];
    const cells = [
      p,
      r,
      f2(p, r),
      typedF2(own),
      own.any.covered / own.any.gold,
      own.leaked,
      own.overRedacted,
    ].map(percent);
    console.log(`| ${name} | ${cells.join(' | ')} | ${own.falsePerThousand.toFixed(2)} |`);
  }
  console.log(
    `\nrecall / precision / F2 by class\n\n| class | values | ${scores.map(([{ name }]) => name).join(' | ')} |`,
  );
  console.log(`| --- | --- | ${scores.map(() => '---').join(' | ')} |`);
  for (const name of [...(scores[0]?.[1].byClass.keys() ?? [])].sort()) {
    const tallies = scores.map(([, { byClass }]) => byClass.get(name));
    const cells = tallies.map((tally) => {
      if (tally === undefined) return '–';
      const [p, r] = [precision(tally), recall(tally)];
      return `${percent(r)} / ${tally.found === 0 ? '–' : percent(p)} / ${percent(f2(p, r))}`;
    });
    console.log(`| ${name} | ${tallies[0]?.gold ?? 0} | ${cells.join(' | ')} |`);
  }
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

async function printSpeed(peers: readonly Peer[]): Promise<void> {
  const payloads = generatedToolPayloads(7, 2_000_000);
  const prose = generatedProse(8, 2_000_000);
  console.log('\n## MB/s, one thread; RSS of this process behind each row\n');
  console.log('| | JSON tool payloads | prose | RSS MiB |\n| --- | --- | --- | --- |');
  console.log(
    `| waybill, wire bytes | ${await speed(wireDetect(), payloads)} | ${await speed(wireDetect(), prose)} | ${rss()} |`,
  );
  for (const { name, detect } of peers) {
    console.log(
      `| ${name} | ${await speed(detect, payloads)} | ${await speed(detect, prose)} | ${rss()} |`,
    );
  }
}

async function speed(
  detect: (text: string, bytes: Buffer) => unknown,
  texts: readonly string[],
): Promise<string> {
  const documents = texts.map((text): [string, Buffer] => [text, Buffer.from(text)]);
  for (const [text, bytes] of documents.slice(0, 20)) await detect(text, bytes);
  const cpu = process.cpuUsage();
  const until = performance.now() + Number(values.seconds) * 1000;
  let size = 0;
  while (performance.now() < until) {
    for (const [text, bytes] of documents) {
      const result = detect(text, bytes);
      if (result instanceof Promise) await result;
      size += bytes.length;
      if (performance.now() > until) break;
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  return (size / (user + system)).toFixed(2);
}

function rss(): string {
  return (process.memoryUsage().rss / 2 ** 20).toFixed(0);
}
