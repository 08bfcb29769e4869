import { describe, expect, it } from 'vitest';
import { createSpanNumberTally } from '../../../schemas/span-number-tally.ts';
import {
  NUMBERS_PER_BLOCK,
  blockKey,
  hasNumber,
  readBlock,
  streamLimits,
} from '../../../schemas/span-numbers.ts';
import { memoryState } from '../enricher/memory-state.ts';

const STREAM = '0123456789abcdef';
const at = { tenant: 'acme', producer: 'agent', stream: STREAM, nowMs: 60_000 };
const keyOf = (block: number): string => blockKey('acme', 'agent', STREAM, block);
const LEAP = streamLimits.blocksMax * NUMBERS_PER_BLOCK;

describe('numbers of spans that leap over all that is kept', () => {
  it('bring no more changes than there are blocks', () => {
    const state = memoryState();
    const tally = createSpanNumberTally(state);
    for (let leap = 0; leap < 200; leap += 1) tally.note(at, 'met', leap * LEAP);
    const changes = tally.drain();
    expect(changes.length).toBeLessThan(10);
    state.apply(changes);
    const last = 199 * streamLimits.blocksMax;
    const bits = readBlock(state.getState(keyOf(last)));
    expect(bits && hasNumber(bits, 'met', 199 * LEAP)).toBe(true);
  });

  it('delete what was committed of the ones before, and nothing else of the stream stays', () => {
    const state = memoryState();
    const tally = createSpanNumberTally(state);
    for (const block of [0, 1, 7]) tally.note(at, 'met', block * NUMBERS_PER_BLOCK);
    state.apply(tally.drain());
    expect(state.entries.has(keyOf(7))).toBe(true);
    tally.note(at, 'met', 8 * NUMBERS_PER_BLOCK);
    tally.note(at, 'met', 3 * LEAP);
    state.apply(tally.drain());
    const blocks = [...state.entries.keys()].filter((key) => key.startsWith('numbers/'));
    expect(blocks).toEqual([keyOf(3 * streamLimits.blocksMax)]);
  });
});

describe('many new streams of one producer', () => {
  const NEW = 300;
  const idOf = (at: number): string => at.toString(16).padStart(16, '0');

  it('make room once, for what there is of those that go', () => {
    const state = memoryState();
    const tally = createSpanNumberTally(state);
    let most = 0;
    for (let commit = 0; commit < 6; commit += 1) {
      for (let made = 0; made < NEW; made += 1) {
        const stream = idOf(commit * NEW + made);
        const heard = { ...at, stream, nowMs: 60_000 * (commit + 1) };
        tally.note(heard, 'met', 0);
        tally.note(heard, 'met', LEAP - NUMBERS_PER_BLOCK);
      }
      const changes = tally.drain();
      most = Math.max(most, changes.length);
      state.apply(changes);
    }
    // A stream is its head and two blocks: as many are written as go, and the first time what was too much goes as well.
    expect(most).toBeLessThanOrEqual(3 * 3 * NEW);
    const heads = [...state.entries.keys()].filter((key) => key.startsWith('stream/'));
    const blocks = [...state.entries.keys()].filter((key) => key.startsWith('numbers/'));
    expect(heads.length).toBeLessThanOrEqual(streamLimits.producerStreamsMax);
    expect(blocks).toHaveLength(2 * heads.length);
    expect(heads).toContain(`stream/acme/agent/${idOf(6 * NEW - 1)}`);
  });
});
