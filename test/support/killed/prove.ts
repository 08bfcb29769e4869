import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BucketFigures } from './check-buckets.ts';
import { checkBuckets } from './check-buckets.ts';
import type { StoreFigures } from './check-store.ts';
import { checkStore } from './check-store.ts';
import type { CurrentRecord } from './current-records.ts';
import { checkAlike, checkNames, checkPlanned, readCurrent } from './current-records.ts';
import { inspectStopped } from './inspect.ts';
import type { Problems } from './problems.ts';
import { createProblems } from './problems.ts';
import { checkReplay } from './replay.ts';
import type { RunReport } from './run.ts';
import { runUnderKills, runUndisturbed } from './run.ts';
import type { TrafficSeed } from './traffic.ts';

export type ProofOptions = {
  readonly seed: number;
  readonly kills: number;
  readonly spansPerSecond: number;
  readonly say: (line: string) => void;
  /** Where the two runs keep their data; a folder of its own that is removed afterwards when absent. */
  readonly dataDir?: string;
};

export type Proof = {
  /** Empty when the guarantee held. */
  readonly problems: readonly string[];
  readonly disturbed: RunReport & BucketFigures & StoreFigures & { readonly replayed: number };
  readonly undisturbed: RunReport;
  readonly current: number;
};

/**
 * The guarantee of the whole pipeline under kill -9: nothing acknowledged is lost, each span ends in one bucket, no record is there
 * twice, a replay gives the same bytes, and readers find what they would have found had nobody killed anything.
 */
export async function proveUnderKills(options: ProofOptions): Promise<Proof> {
  const folder = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'waybill-killed-')));
  try {
    return await prove(options, join(folder, 'disturbed'), join(folder, 'undisturbed'));
  } finally {
    if (options.dataDir === undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function prove(options: ProofOptions, killedDir: string, calmDir: string): Promise<Proof> {
  const { kills, spansPerSecond, say } = options;
  const traffic: TrafficSeed = { seed: options.seed, baseMs: Date.now() };
  const problems = createProblems();
  const common = { traffic, spansPerSecond, say };
  const killed = await runUnderKills({ ...common, dataDir: killedDir, kills });
  say(`${killed.chunks} chunks, ${killed.spans} spans acknowledged; the same without kills`);
  await shareMasterKey(killedDir, calmDir);
  const { chunks } = killed;
  const undisturbed = await runUndisturbed({ ...common, dataDir: calmDir, chunks });
  say('checking what is on the disks');
  const sent = { traffic, chunks };
  const found = await inspectStopped(killedDir, async (log, store, traceKeys, maker) => {
    const buckets = await checkBuckets(log, sent, problems);
    const replayed = await checkReplay(log, traffic.seed, problems, maker);
    const stored = await checkStore(log, {
      store,
      problems,
      keyOf: (home) => traceKeys.find(home),
    });
    const current = await readCurrent(store, problems);
    checkPlanned(current, [sent], problems);
    await checkNames(log, current, problems);
    return { figures: { ...buckets, ...stored, replayed }, current };
  });
  checkAlike(found.current, await readCalm(calmDir, problems), problems);
  return {
    problems: problems.list(),
    disturbed: { ...killed, ...found.figures },
    undisturbed,
    current: found.current.length,
  };
}

function readCalm(dataDir: string, problems: Problems): Promise<readonly CurrentRecord[]> {
  return inspectStopped(dataDir, async (_, store) => readCurrent(store, problems));
}

/** People are named under the master key: with the same one they have the same names in both runs. */
async function shareMasterKey(from: string, to: string): Promise<void> {
  await mkdir(join(to, 'keys'), { recursive: true, mode: 0o700 });
  await copyFile(join(from, 'keys', 'master.key'), join(to, 'keys', 'master.key'));
}
