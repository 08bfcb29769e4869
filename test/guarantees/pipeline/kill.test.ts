import { expect, test } from 'vitest';
import type { Proof } from '../../support/killed/prove.ts';
import { proveUnderKills } from '../../support/killed/prove.ts';

const SEED = 20261121;

// One kill of each kind; `bench/kill.ts` does the same for fifty and any seed.
const KILLS = 4;
const SPANS_PER_SECOND = 1500;

test(`under kill -9 nothing acknowledged is lost, no record is there twice, and readers find what they would have found without (seed ${SEED})`, async () => {
  const said: string[] = [];
  const proof = await proveUnderKills({
    seed: SEED,
    kills: KILLS,
    spansPerSecond: SPANS_PER_SECOND,
    say: (line) => said.push(line),
  });
  expect(proof.problems, said.join('\n')).toEqual([]);
  expectWorthwhile(proof);
}, 420_000);

/** It would prove little had the traffic been thin, or had no kill fallen into work. */
function expectWorthwhile({ disturbed, current }: Proof): void {
  expect(disturbed.kills).toEqual({ process: 1, tree: 1, engine: 1, starting: 1 });
  expect(disturbed.unanswered).toBeGreaterThan(0);
  expect(disturbed.stored).toBeGreaterThan(disturbed.distinct);
  expect(disturbed.distinct).toBe(disturbed.spans);
  expect(current).toBeGreaterThan(500);
  // Revisions too.
  expect(disturbed.leaves).toBeGreaterThan(current * 1.2);
  expect(disturbed.replayed).toBe(disturbed.leaves);
}
