import type { StateChange } from '../../event-log/event-log.ts';
import { compareNames } from '../attribution/same-request.ts';
import type { CommittedState } from '../trace-store.ts';
import { createHourlyState } from './hourly-state.ts';

/** One side of a call that was published without the other, and that no trace or link joins to it. */
export type Half = {
  readonly side: 'asking' | 'answering';
  readonly method: string;
  readonly tool: string;
  /** Digest of its arguments: halves of one call were asked the same. */
  readonly asked: number;
  readonly trace: string;
  readonly span: string;
  readonly producer: string;
  readonly startTimeUs: number;
  readonly endTimeUs: number;
};

export type Match = { readonly asking: Half; readonly answering: Half; readonly rule: string };

/**
 * Where halves of calls meet that share no trace (a server whose client passes no context on). They are taken for one call only when
 * tenant, method, arguments and tool agree, the answer lies within the question's time but for the clocks' skew, and no other half
 * could be meant: what is asked twice at a time stays apart. State: `h/<hour>/<what was asked>`.
 */
export type Halves = {
  readonly meet: (tenant: string, half: Half, nowMs: number) => Match | undefined;
  readonly drain: (nowMs: number, expiredMax: number) => readonly StateChange[];
};

const SKEW_US = 2_000_000;
/** More equal calls in two hours are polling: which half belongs to which cannot be told. */
const HALVES_MAX = 32;

type Waiting = Half & { readonly matched?: true };

export function createHalves(state: CommittedState): Halves {
  const waiting = createHourlyState<Waiting>(state, 'h');
  return {
    meet: (tenant, half, nowMs) => {
      const name = `${tenant}\0${half.method}\0${half.asked}`;
      const { now, before, nowKey, beforeKey } = waiting.read(name, nowMs);
      const known = [...before, ...now];
      if (known.some((each) => each.trace === half.trace && each.span === half.span)) {
        return undefined;
      }
      const other = onlyMatch(half, known);
      const marked = (each: Waiting) => (each === other ? taken(each) : each);
      const here = [...now.map(marked), other ? taken(half) : half];
      waiting.write(nowKey, here.slice(-HALVES_MAX));
      if (!other) return undefined;
      waiting.write(beforeKey, before.map(marked));
      return half.side === 'asking' ? matchOf(half, other) : matchOf(other, half);
    },
    drain: waiting.drain,
  };
}

function taken(half: Half): Waiting {
  return { ...half, matched: true };
}

/** The one half that it can belong to, and that no other of its own side can. */
function onlyMatch(half: Half, known: readonly Waiting[]): Waiting | undefined {
  const others = known.filter((other) => fits(half, other));
  const [other] = others;
  if (!other || others.length > 1 || other.matched) return undefined;
  return known.some((rival) => rival.side === half.side && fits(rival, other)) ? undefined : other;
}

function fits(one: Half, other: Half): boolean {
  if (one.side === other.side || one.trace === other.trace) return false;
  const [outer, inner] = one.side === 'asking' ? [one, other] : [other, one];
  return (
    compareNames(outer.tool, inner.tool) !== 'other' &&
    inner.startTimeUs >= outer.startTimeUs - SKEW_US &&
    inner.endTimeUs <= outer.endTimeUs + SKEW_US
  );
}

/** The rule's name, and how much it is to be believed: less where the tool's name is another. */
function matchOf(asking: Half, answering: Half): Match {
  const confidence = compareNames(asking.tool, answering.tool) === 'same' ? '0.9' : '0.7';
  return { asking, answering, rule: `same-arguments-in-time:${confidence}` };
}
