import type { StateChange } from '../../event-log/event-log.ts';
import type { Call, Trace } from '../trace-state.ts';
import { nodeAt } from '../trace-state.ts';
import type { CommittedState } from '../trace-store.ts';
import { createHourlyState } from './hourly-state.ts';
import type { OutgoingJoin } from './join-message.ts';
import { encodeAnswer } from './join-message.ts';

/** A model's answer as one trace told of it. */
export type Answer = {
  /** The provider's id of it. */
  readonly id: string;
  readonly trace: string;
  readonly span: string;
  readonly producer: string;
  readonly callId: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly startTimeUs: number;
  readonly endTimeUs: number;
};

/**
 * Where answers meet that two traces tell of, a client and a gateway in a trace of its own, say: charged twice they would cost twice. They are
 * one where the provider's id, the tenant and the tokens agree and the times overlap but for the clocks' skew; an id alone is not
 * believed, since some servers give all answers the same. The one that came first stays. State: `a/<hour>/<tenant and id>`.
 */
export type Answers = {
  /** The answer that it repeats; undefined for the first. */
  readonly meet: (tenant: string, answer: Answer, nowMs: number) => Answer | undefined;
  readonly drain: (nowMs: number, expiredMax: number) => readonly StateChange[];
};

const SKEW_US = 2_000_000;
/** More answers of one id are no answer's id. */
const ANSWERS_MAX = 8;
/** Shorter ones are counted up by somebody's own server. */
const ID_CHARS_MIN = 8;

export function createAnswers(state: CommittedState): Answers {
  const kept = createHourlyState<Answer>(state, 'a');
  return {
    meet: (tenant, answer, nowMs) => {
      const { now, before, nowKey } = kept.read(`${tenant}\0${answer.id}`, nowMs);
      const known = [...before, ...now];
      if (known.some(({ callId }) => callId === answer.callId)) return undefined;
      const first = known.find((other) => repeats(answer, other));
      if (!first && now.length < ANSWERS_MAX) kept.write(nowKey, [...now, answer]);
      return first;
    },
    drain: kept.drain,
  };
}

function repeats(one: Answer, other: Answer): boolean {
  return (
    one.trace !== other.trace &&
    one.inputTokens === other.inputTokens &&
    one.outputTokens === other.outputTokens &&
    one.startTimeUs <= other.endTimeUs + SKEW_US &&
    other.startTimeUs <= one.endTimeUs + SKEW_US
  );
}

/** An inference that was just published, told to where another trace would tell of the same answer; undefined where nothing is charged by it. */
export function answerToSend(trace: Trace, call: Call): OutgoingJoin | undefined {
  if (call.kind !== 'inference') return undefined;
  const node = call.hops
    .map((hop) => nodeAt(trace, hop))
    .find(({ reading }) => reading?.responseId !== undefined && reading.usage !== undefined);
  const { responseId = '', usage, startTimeUs = 0, endTimeUs = 0 } = node?.reading ?? {};
  if (!node || !usage || responseId.length < ID_CHARS_MIN) return undefined;
  const { inputTokensAll, outputTokensAll } = usage;
  if (inputTokensAll === null && outputTokensAll === null) return undefined;
  return encodeAnswer(trace.tenant, {
    id: responseId,
    trace: trace.traceId,
    span: node.id,
    producer: node.producer,
    callId: call.callId,
    inputTokens: inputTokensAll,
    outputTokens: outputTokensAll,
    startTimeUs,
    endTimeUs,
  });
}
