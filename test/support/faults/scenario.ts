import { seededRandom } from '../../../bench/load/seeded-random.ts';
import type { ClientOptions, ClientReport } from '../killed/client.ts';
import { runClient } from '../killed/client.ts';
import type { TrafficSeed } from '../killed/traffic.ts';
import type { Books, Round } from './books.ts';
import type { World } from './world.ts';
import { cast } from './world.ts';

/** A fault: how it comes, drawn from a seed, and how it goes. */
export type Scenario = {
  readonly name: string;
  /** Makes it and gives what ends it. */
  readonly inject: (world: World, random: () => number) => Promise<() => Promise<void>>;
  /** How long it lasts, ms; drawn from in between. */
  readonly holdMs: readonly [min: number, max: number];
  /** How senders deliver meanwhile. */
  readonly order?: NonNullable<ClientOptions['order']>;
};

const SPANS_PER_SECOND = 200;
/** Between the parts of a trace: longer than a call is waited for, so that some are revised. */
const PAUSE_MS = 1100;

export type Endured = {
  readonly problems: readonly string[];
  /** From the end of the last fault until all was acknowledged, all foreign spans were taken, and all was at rest. */
  readonly acknowledgedMs: number;
  readonly takenMs: number;
  readonly restedMs: number;
};

/**
 * Brings the fault upon a world under load, once a seed; then waits for rest and gives what is wrong, a sentence each. Of all that was
 * acknowledged nothing may be missing or be there twice.
 */
export async function endure(
  { name, inject, holdMs, order }: Scenario,
  seeds: readonly number[],
  world: World,
  books: Books,
): Promise<Endured> {
  const sending: Promise<Round>[] = [];
  const ending = new AbortController();
  const writing = world.foreign.write(ending.signal);
  for (const seed of seeds) {
    const random = seededRandom(seed ^ hashOf(name));
    const traffic = { seed: random(), baseMs: Date.now() };
    let isLoaded = true;
    const load = runClient({
      traffic,
      spansPerSecond: SPANS_PER_SECOND,
      target: () => world.target(),
      more: (chunks) => isLoaded || chunks === 0,
      pauseMs: PAUSE_MS,
      ...(order ? { order } : {}),
    });
    const round = load.then((report) => roundOf(seed, traffic, report));
    // Told of where all rounds are awaited.
    round.catch(() => undefined);
    sending.push(round);
    await wait(between([300, 1300], random));
    const heal = await inject(world, random);
    await wait(between(holdMs, random));
    await heal();
    await wait(500);
    isLoaded = false;
  }
  ending.abort();
  await writing;
  const healedMs = performance.now();
  const rounds = await Promise.all(sending);
  const acknowledgedMs = performance.now() - healedMs;
  const { problems, takenAtMs, restedAtMs } = await books.check(rounds);
  // What fell was told; the next fault is to meet all of them again.
  for (const name of Object.keys(cast)) if (!world.running.has(name)) await world.start(name);
  const [takenMs, restedMs] = [takenAtMs - healedMs, restedAtMs - healedMs];
  return { problems, acknowledgedMs, takenMs, restedMs };
}

function roundOf(seed: number, traffic: TrafficSeed, { chunks }: ClientReport): Round {
  return { seed, traffic, chunks };
}

export function between([min, max]: readonly [number, number], random: () => number): number {
  return min + (random() % (max - min + 1));
}

export function oneOf<T>(all: readonly T[], random: () => number): T {
  const one = all[random() % all.length];
  if (one === undefined) throw new Error('There is none to choose.');
  return one;
}

/** FNV-1a, so that two faults under one seed are not alike. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
