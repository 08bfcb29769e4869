import type { Block } from '../../schemas/span-numbers.ts';
import {
  NUMBERS_PER_BLOCK,
  blockTime,
  hasNumber,
  isCovered,
  isWhole,
} from '../../schemas/span-numbers.ts';
import type { CountedRun, CountedStream, PartitionCounts } from './read-reconciled.ts';
import { mergeBlocks } from './read-reconciled.ts';

/**
 * Where counts part. `first` and `last` are numbers within `of`; null where only a count is known.
 */
export type Gap = {
  /** After which stage it was last seen: it is missing at this one. */
  readonly stage: GapStage;
  readonly unit: GapUnit;
  readonly producer: string | null;
  readonly partition: number | null;
  /** The run, stream or log that `first` and `last` count in. */
  readonly of: string | null;
  readonly first: number | null;
  readonly last: number | null;
  readonly count: number;
  /** True while it may still be filled: a stage is behind, or what came after it came just now. */
  readonly open: boolean;
  /** When what should have followed it came; milliseconds since the epoch. */
  readonly sinceMs: number | null;
  /** Numbered spans that are in what is missing, as far as they can be told. */
  readonly spans: readonly {
    readonly producer: string;
    readonly stream: string;
    readonly number: number;
  }[];
};

/** A span by its number in a collector's run, a span by its number in its producer's stream, a record or a leaf. */
export type GapUnit = 'span' | 'numbered span' | 'record' | 'leaf';
export type GapStage = 'sender' | 'collector' | 'log' | 'enricher' | 'ledger' | 'store' | 'siem';

export type GapTimes = {
  readonly nowMs: number;
  /** How long what came late may take. */
  readonly settleMs: number;
  /** Windows before it are not compared. */
  readonly sinceMs: number;
  readonly untilMs: number;
};

/** Gaps in what collectors appended, in what the enricher made of it and in what the ledger sealed of that. Pure. */
export function findGaps(partitions: readonly PartitionCounts[], times: GapTimes): readonly Gap[] {
  const runs = partitions.flatMap((each) => runGaps(each, times));
  return [
    ...runs,
    ...partitions.flatMap((each) => windowGaps(each, times)),
    ...streamGaps(partitions, runs, times),
  ].filter(
    ({ sinceMs }) => sinceMs === null || (sinceMs >= times.sinceMs && sinceMs < times.untilMs),
  );
}

function runGaps({ partition, runs }: PartitionCounts, times: GapTimes): readonly Gap[] {
  return runs.flatMap(({ producer, run, missing }: CountedRun) =>
    missing.map(({ from, to, sinceMs }) => ({
      ...noGap,
      stage: 'log' as const,
      unit: 'span' as const,
      producer,
      partition,
      of: run,
      first: from,
      last: to - 1,
      count: to - from,
      open: sinceMs + times.settleMs > times.nowMs,
      sinceMs,
    })),
  );
}

function windowGaps(counts: PartitionCounts, times: GapTimes): readonly Gap[] {
  const { partition, ledgerBehind } = counts;
  return counts.windows.flatMap(({ producer, startMs, counts: window }) => {
    if (startMs < times.sinceMs || startMs >= times.untilMs) return [];
    const { accepted = 0, read = 0, placed = 0, recorded = 0, sealed = 0 } = window;
    const at = { ...noGap, producer, partition, sinceMs: startMs };
    const short = (stage: GapStage, unit: Gap['unit'], count: number, open: boolean): Gap[] =>
      count > 0 ? [{ ...at, stage, unit, count, open }] : [];
    return [
      // Positions, counts and buckets of the enricher are one commit: what is short here stays so.
      ...short('collector', 'span', accepted - read, false),
      ...short('enricher', 'span', read - placed, false),
      ...short('ledger', 'record', recorded - sealed, ledgerBehind > 0),
    ];
  });
}

function streamGaps(
  partitions: readonly PartitionCounts[],
  runs: readonly Gap[],
  times: GapTimes,
): readonly Gap[] {
  const all = partitions.flatMap(({ partition, streams, ledgerBehind }) =>
    streams.map((stream) => ({ ...stream, partition, ledgerBehind })),
  );
  const named = Map.groupBy(all, ({ producer, stream }) => `${producer}/${stream}`);
  const isBehind = partitions.some(({ enricherBehind }) => enricherBehind > 0);
  return [...named.values()].flatMap((owners) => {
    const enrichers = owners.filter(({ role }) => role === 'enricher');
    const sealed = mergeBlocks(owners.filter(({ role }) => role === 'ledger'));
    return [
      ...neverMet(enrichers, runs, { ...times, isBehind }),
      ...enrichers.flatMap((owner) => notSealed(owner, sealed)),
    ];
  });
}

/** Numbers that no enricher met, though later ones were, or a heartbeat says that they were given out. */
function neverMet(
  owners: readonly CountedStream[],
  runs: readonly Gap[],
  times: GapTimes & { readonly isBehind: boolean },
): readonly Gap[] {
  const [first] = owners;
  const met = mergeBlocks(owners);
  const lowest = Math.min(...met.keys());
  if (!first || !Number.isFinite(lowest)) return [];
  const { producer, stream } = first;
  const beat = owners.reduce(
    (latest, { head }) => (head.next > latest.next ? head : latest),
    first.head,
  );
  const end = Math.max(endOf(met), beat.next);
  // What came before the oldest block that is kept is not known; a stream that is known whole begins at 0.
  let number = lowest === 0 ? 0 : firstIn(met.get(lowest), lowest);
  const order = [...met.keys()].toSorted((a, b) => a - b);
  const gaps: Gap[] = [];
  for (; number < end; number += 1) {
    const block = number % NUMBERS_PER_BLOCK === 0 ? blockAt(met, number) : undefined;
    if (block && isWhole(block)) number += NUMBERS_PER_BLOCK - 1;
    if (isMet(met, number)) continue;
    const from = number;
    while (number < end && !isMet(met, number)) number = followerOf(met, order, number);
    const to = Math.min(number, end);
    const sinceMs = timeBehind(met, to) ?? beat.beatMs;
    const isLost = runs.some(
      (run) => run.producer === producer && isNear(run.sinceMs ?? 0, sinceMs),
    );
    gaps.push({
      ...noGap,
      stage: isLost ? 'log' : 'sender',
      unit: 'numbered span',
      producer,
      of: stream,
      first: from,
      last: to - 1,
      count: to - from,
      open: times.isBehind || sinceMs + times.settleMs > times.nowMs,
      sinceMs,
    });
    if (gaps.length === STREAM_GAPS_MAX) break;
  }
  return gaps;
}

/** Of one stream; beyond them the first are told. */
const STREAM_GAPS_MAX = 256;
/** A collector's hole and a stream's are one where what followed them came so close to each other. */
const NEAR_MS = 120_000;

function isNear(one: number, other: number): boolean {
  return Math.abs(one - other) <= NEAR_MS;
}

/** Numbers in records that an enricher published, and in no leaf. */
function notSealed(
  owner: CountedStream & { readonly partition: number; readonly ledgerBehind: number },
  sealed: ReadonlyMap<number, Block>,
): readonly Gap[] {
  const { producer, stream, partition, ledgerBehind, blocks } = owner;
  const gaps: Gap[] = [];
  for (const [at, block] of [...blocks].toSorted(([a], [b]) => a - b)) {
    if (isCovered(block, sealed.get(at))) continue;
    for (let number = at * NUMBERS_PER_BLOCK; number < (at + 1) * NUMBERS_PER_BLOCK; number += 1) {
      if (!hasNumber(block, 'told', number) || isMet(sealed, number)) continue;
      if (gaps.length === STREAM_GAPS_MAX) return gaps;
      const place = { producer, partition, of: stream, first: number, last: number, count: 1 };
      const spans = [{ producer, stream, number }];
      const open = ledgerBehind > 0;
      gaps.push({
        ...noGap,
        stage: 'ledger',
        unit: 'numbered span',
        ...place,
        open,
        sinceMs: blockTime(block),
        spans,
      });
    }
  }
  return gaps;
}

function isMet(blocks: ReadonlyMap<number, Block>, number: number): boolean {
  const block = blockAt(blocks, number);
  return block !== undefined && hasNumber(block, 'met', number);
}

function blockAt(blocks: ReadonlyMap<number, Block>, number: number): Block | undefined {
  return blocks.get(Math.floor(number / NUMBERS_PER_BLOCK));
}

/** The next number that may have been met: what a producer claims can lie far apart. */
function followerOf(
  blocks: ReadonlyMap<number, Block>,
  order: readonly number[],
  number: number,
): number {
  if (blockAt(blocks, number)) return number + 1;
  const next = order.find((block) => block * NUMBERS_PER_BLOCK > number);
  return next === undefined ? Number.MAX_SAFE_INTEGER : next * NUMBERS_PER_BLOCK;
}

function firstIn(block: Block | undefined, at: number): number {
  const start = at * NUMBERS_PER_BLOCK;
  for (let number = start; number < start + NUMBERS_PER_BLOCK; number += 1) {
    if (block && hasNumber(block, 'met', number)) return number;
  }
  return start + NUMBERS_PER_BLOCK;
}

/** The number behind the highest that was met. */
function endOf(blocks: ReadonlyMap<number, Block>): number {
  const highest = Math.max(...blocks.keys());
  let end = (highest + 1) * NUMBERS_PER_BLOCK;
  while (end > highest * NUMBERS_PER_BLOCK && !isMet(blocks, end - 1)) end -= 1;
  return end;
}

/** When the block of a number changed last; undefined where nothing at or behind it was met. */
function timeBehind(blocks: ReadonlyMap<number, Block>, number: number): number | undefined {
  const block = blockAt(blocks, number);
  return block && blockTime(block);
}

export const noGap = {
  producer: null,
  partition: null,
  of: null,
  first: null,
  last: null,
  open: false,
  sinceMs: null,
  spans: [],
} as const;
