import { parseArgs } from 'node:util';
import type { Proof } from '../test/support/killed/prove.ts';
import { proveUnderKills } from '../test/support/killed/prove.ts';

/**
 * kill -9 at random moments under load: the process, it with its engine, the engine alone, and processes that are still starting.
 * Afterwards everything on the disks is held against what was acknowledged and against a run without kills. Exit code 1
 * when anything is lost, doubled or different; `--seed` repeats a run's traffic and choices.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    rate: { type: 'string', default: '3000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'data-dir': { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const dataDir = values['data-dir'];
console.error(`seed ${values.seed}`);
const proof = await proveUnderKills({
  seed: Number(values.seed),
  kills: Number(values.kills),
  spansPerSecond: Number(values.rate),
  say: (line) => console.error(line),
  ...(dataDir === undefined ? {} : { dataDir }),
});
console.log(values.json ? JSON.stringify(proof) : toTable(proof));
process.exitCode = proof.problems.length > 0 ? 1 : 0;

function toTable({ disturbed, current, problems }: Proof): string {
  const { kills, startMs, drainMs } = disturbed;
  const sorted = startMs.toSorted((a, b) => a - b);
  const rows: readonly (readonly [string, number])[] = [
    ...Object.entries(kills).map(([kind, count]) => [`kills: ${kind}`, count] as const),
    ['spans acknowledged', disturbed.spans],
    ['spans stored', disturbed.stored],
    ['requests without an answer, sent again', disturbed.unanswered],
    ['records, revisions among them', disturbed.leaves],
    ['records that a replay gave again, byte for byte', disturbed.replayed],
    ['current records', current],
    ['ms from a start to ready, median', sorted[Math.floor(sorted.length / 2)] ?? 0],
    ['ms from a start to ready, longest', sorted.at(-1) ?? 0],
    ['ms to drain after the last', drainMs],
    ['problems', problems.length],
  ];
  const lines = rows.map(
    ([name, value]) => `| ${name} | ${Math.round(value).toLocaleString('en')} |`,
  );
  return ['| figure | value |', '| --- | --- |', ...lines, ...problems].join('\n');
}
