import { createHash } from 'node:crypto';

/** Gives numbers in [0, 1). */
export type Random = () => number;

/** A small, seeded source of numbers in [0, 1). Source: Tommy Ettinger's mulberry32. */
export function mulberry32(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function hex(random: Random, digits: number): string {
  let text = '';
  while (text.length < digits)
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return text.slice(0, digits);
}

/** Below `count`, small numbers far more often. */
export function zipf(random: Random, count: number): number {
  return Math.floor(count ** random()) - 1;
}

export function principal(name: string): string {
  return `p_${digest(name).slice(0, 32)}`;
}

export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
