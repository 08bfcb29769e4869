import { seededRandom } from '../../../bench/load/seeded-random.ts';
import type { Pipeline } from '../pipeline.ts';
import { eventually } from '../pipeline.ts';
import type { ClientReport } from './client.ts';
import { runClient } from './client.ts';
import type { Lives } from './lives.ts';
import { createLives } from './lives.ts';
import type { TrafficSeed } from './traffic.ts';

export type RunOptions = {
  readonly dataDir: string;
  readonly traffic: TrafficSeed;
  readonly spansPerSecond: number;
  /** Told what happens. */
  readonly say: (line: string) => void;
};

export type RunReport = ClientReport & {
  readonly kills: Readonly<Record<KillKind, number>>;
  /** From a start to being ready again, ms. */
  readonly startMs: readonly number[];
  /** From the last acknowledgement to everything being queryable, ms. */
  readonly drainMs: number;
};

/** What is killed: the process, it and its engine together, the engine alone, or a process that is still starting. */
export type KillKind = 'process' | 'tree' | 'engine' | 'starting';

/** Traffic over a pipeline that dies at random moments; afterwards it is drained and stopped. */
export async function runUnderKills(options: RunOptions & { kills: number }): Promise<RunReport> {
  const lives = createLives(options.dataDir);
  const startMs: number[] = [];
  const kills: Record<KillKind, number> = { process: 0, tree: 0, engine: 0, starting: 0 };
  let killing = true;
  const client = runClient({ ...options, target: lives.target, more: () => killing });
  const random = seededRandom(options.traffic.seed);
  const killAll = async (): Promise<void> => {
    startMs.push(await lives.start());
    for (let done = 0; done < options.kills; done += 1) {
      const kind = kindOf(done, random);
      const afterMs = 100 + (random() % 2400);
      await sleep(afterMs);
      await kill(lives, kind, random);
      kills[kind] += 1;
      if (kind !== 'engine') startMs.push(await lives.start());
      if (done === Math.floor(options.kills / 2)) await restart(lives);
      options.say(`${done + 1}: ${kind} killed after ${afterMs} ms`);
    }
    killing = false;
  };
  try {
    const [report] = await Promise.race([Promise.all([client, killAll()]), lives.failed]);
    return { ...report, kills, startMs, drainMs: await end(lives) };
  } finally {
    killing = false;
    await lives.killTree(true).catch(() => undefined);
  }
}

/** The first chunks of the same traffic, over a pipeline that nobody disturbs. */
export async function runUndisturbed(options: RunOptions & { chunks: number }): Promise<RunReport> {
  const lives = createLives(options.dataDir);
  try {
    const startMs = [await lives.start()];
    const more = (chunks: number): boolean => chunks < options.chunks;
    const client = runClient({ ...options, target: lives.target, more });
    const report = await Promise.race([client, lives.failed]);
    const kills = { process: 0, tree: 0, engine: 0, starting: 0 };
    return { ...report, kills, startMs, drainMs: await end(lives) };
  } finally {
    await lives.killTree(true).catch(() => undefined);
  }
}

/** Every kind has its turn, also in a short run: the first four kills are one of each. */
function kindOf(done: number, random: () => number): KillKind {
  const kinds: readonly KillKind[] = ['process', 'engine', 'starting', 'tree'];
  const weighted: readonly KillKind[] = [...kinds, 'process', 'process', 'process', 'process'];
  return (done < kinds.length ? kinds[done] : weighted[random() % weighted.length]) ?? 'process';
}

async function kill(lives: Lives, kind: KillKind, random: () => number): Promise<void> {
  switch (kind) {
    case 'process':
      return lives.killProcess();
    case 'tree':
      return lives.killTree(random() % 2 === 0);
    case 'engine':
      return lives.killEngine();
    case 'starting':
      await lives.killProcess();
      return lives.startAndKill(50 + (random() % 2000));
  }
}

/** Told to end under load, it ends in order too. */
async function restart(lives: Lives): Promise<void> {
  await stop(lives);
  await lives.start();
}

async function stop(lives: Lives): Promise<void> {
  const code = await lives.stop();
  if (code !== 0)
    throw new Error(`waybill up ended with ${code} when told to end:\n${lives.said()}`);
}

const DRAIN_WAIT_MS_MAX = 120_000;

/** Waits until nothing is under way any longer, and stops it. */
async function end(lives: Lives): Promise<number> {
  const startedMs = performance.now();
  const pipeline = await lives.target();
  const drained = eventually(async () => whatIsLeft(pipeline), isNothing, DRAIN_WAIT_MS_MAX);
  await Promise.race([drained, lives.failed]);
  const drainMs = performance.now() - startedMs;
  const code = await lives.stop();
  if (code !== 0)
    throw new Error(`waybill up ended with ${code} when told to end:\n${lives.said()}`);
  const left = lives.leftOver();
  if (left.length > 0) throw new Error(`Processes outlived the pipeline: ${left.join(', ')}.`);
  return drainMs;
}

type Reconciliation = {
  readonly producers: readonly {
    readonly producer: string;
    readonly balanced: boolean;
    readonly buckets: Readonly<Record<string, number>>;
  }[];
  readonly lag: readonly { readonly role: string; readonly behind: number }[];
};

type WhatIsLeft = { readonly unbalanced: number; readonly open: number; readonly behind: number };

async function whatIsLeft(pipeline: Pipeline): Promise<WhatIsLeft> {
  const { producers, lag } = await pipeline.ask<Reconciliation>('/v1/reconciliation');
  return {
    unbalanced: producers.filter(({ balanced }) => !balanced).length,
    open: producers.reduce((sum, { buckets }) => sum + (buckets['open'] ?? 0), 0),
    // The question is itself a read, which the ledger has yet to seal, and it waits for more of them.
    behind: lag
      .filter(({ role }) => role !== 'ledger-reads')
      .reduce((sum, { behind }) => sum + behind, 0),
  };
}

function isNothing({ unbalanced, open, behind }: WhatIsLeft): boolean {
  return unbalanced === 0 && open === 0 && behind === 0;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
