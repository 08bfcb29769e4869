import { describe, expect, it } from 'vitest';
import { createHourlyState } from '../../../enricher/joins/hourly-state.ts';
import { memoryState } from './memory-state.ts';

const HOUR_MS = 3_600_000;

describe('what is kept for one to two hours', () => {
  it('goes as fast as it comes, however much comes with each commit', () => {
    const state = memoryState();
    const kept = createHourlyState<string>(state, 'a');
    const expiredMax = 10;
    const writtenPerCommit = 25;
    const commitsPerHour = 20;
    for (let commit = 0; commit < 5 * commitsPerHour; commit += 1) {
      const nowMs = Math.floor((commit * HOUR_MS) / commitsPerHour);
      for (let at = 0; at < writtenPerCommit; at += 1) {
        const { nowKey } = kept.read(`${commit}/${at}`, nowMs);
        kept.write(nowKey, ['one']);
      }
      state.apply(kept.drain(nowMs, expiredMax));
    }
    expect(state.entries.size).toBeLessThanOrEqual(3 * commitsPerHour * writtenPerCommit);
    state.apply(kept.drain(9 * HOUR_MS, expiredMax));
    const left = state.entries.size;
    state.apply(kept.drain(9 * HOUR_MS, expiredMax));
    expect(state.entries.size).toBe(left - expiredMax);
  });
});
