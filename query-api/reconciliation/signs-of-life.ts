import type { Heard } from './read-reconciled.ts';
import { timeOfMicros } from '../time-text.ts';

/** What can be told of a producer: where it sends heartbeats, its silence is no absence. */
export type SignsOfLife = {
  readonly state: 'sending' | 'silent' | 'gone' | 'quiet';
  readonly heardAt: string | null;
  readonly heartbeatAt: string | null;
};

/** Spans within this time: it is sending. */
const SENDING_MS = 5 * 60_000;
/** `instrument/` sends one a minute: after three that did not come, it is gone. */
const HEARTBEATS_MS = 3 * 60_000 + 30_000;

export function signsOfLife(heard: Heard | undefined, nowMs: number): SignsOfLife {
  const { spansMs = 0, beatMs = 0 } = heard ?? {};
  return {
    state: stateOf(spansMs, beatMs, nowMs),
    heardAt: spansMs === 0 ? null : timeOfMicros(spansMs * 1000),
    heartbeatAt: beatMs === 0 ? null : timeOfMicros(beatMs * 1000),
  };
}

function stateOf(spansMs: number, beatMs: number, nowMs: number): SignsOfLife['state'] {
  if (beatMs === 0) return nowMs - spansMs <= SENDING_MS ? 'sending' : 'quiet';
  if (nowMs - beatMs > HEARTBEATS_MS) return nowMs - spansMs <= HEARTBEATS_MS ? 'sending' : 'gone';
  return nowMs - spansMs <= SENDING_MS ? 'sending' : 'silent';
}
