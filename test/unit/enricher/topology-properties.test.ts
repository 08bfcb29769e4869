import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineMessage } from '../../../enricher/engine.ts';
import type { AuditRecord } from '../../../schemas/record-types.ts';
import { makeSpan, shortId, transcriptStartMs } from './make-span.ts';
import type { ShortSpan } from './make-span.ts';
import { randomTopology } from './random-topology.ts';
import type { RandomTrace } from './random-trace.ts';
import { currentRecords, runEngine } from './run-engine.ts';

type Delivery = {
  readonly trace: RandomTrace;
  readonly one: readonly ShortSpan[];
  readonly other: readonly ShortSpan[];
  readonly pauseMs: number;
};

/** The same spans, with some missing and some twice, in two orders. */
const delivery: fc.Arbitrary<Delivery> = randomTopology.chain((trace) =>
  fc
    .record({
      came: fc.oneof(
        fc.constant([...trace.spans]),
        fc.subarray([...trace.spans], { minLength: 1 }),
      ),
      again: fc.subarray([...trace.spans]),
      pauseMs: fc.constantFrom(0, 1, 2000),
    })
    .chain(({ came, again, pauseMs }) => {
      const spans = [...came, ...again.filter((span) => came.includes(span))];
      const shuffled = fc.shuffledSubarray(spans, { minLength: spans.length });
      return fc.record({
        trace: fc.constant(trace),
        one: shuffled,
        other: shuffled,
        pauseMs: fc.constant(pauseMs),
      });
    }),
);

const doubts: ReadonlySet<string> = new Set([
  'forwarding_assumed',
  'may_be_doubled',
  'renamed_or_relayed',
]);

describe('calls of any topology, from any mix of emitters', () => {
  it('are as many as were made when all spans came, but for as many as say that they are doubted', () => {
    fc.assert(
      fc.property(delivery, ({ trace, one, pauseMs }) => {
        fc.pre(new Set(one).size === trace.spans.length);
        const current = callsOf(one, pauseMs);
        const off = Math.abs(current.length - trace.calls.length);
        expect(off).toBeLessThanOrEqual(doubted(current));
      }),
      { numRuns: 60 },
    );
  });

  it('with spans missing: never fewer than were made unless doubted, never more unless a record names what it misses', () => {
    fc.assert(
      fc.property(delivery, ({ trace, one, pauseMs }) => {
        const came = new Set(one.map(({ id }) => id));
        const made = trace.calls.filter((call) => call.some(({ id }) => came.has(id))).length;
        const current = callsOf(one, pauseMs);
        const misses = current.some(({ facts }) =>
          facts.missing.some((what) => what.startsWith('hop:')),
        );
        expect(made - current.length).toBeLessThanOrEqual(doubted(current));
        if (current.length - made > doubted(current)) expect(misses).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('are the same in whatever order the spans come, and no span is in two of them', () => {
    fc.assert(
      fc.property(delivery, ({ one, other, pauseMs }) => {
        const calls = hopsOf(callsOf(one, pauseMs));
        expect(hopsOf(callsOf(other, pauseMs))).toEqual(calls);
        const hops = calls.flatMap((call) => call.split(' '));
        expect(new Set(hops).size).toBe(hops.length);
      }),
      { numRuns: 60 },
    );
  });
});

function callsOf(spans: readonly ShortSpan[], pauseMs: number): readonly AuditRecord[] {
  // One commit: where commits fall makes no difference, and is tested elsewhere.
  const plan = [{ messages: spans.length + 1, restart: false }];
  return currentRecords(runEngine(messages(spans, pauseMs), plan).records);
}

/** How many calls more there may be, by the records' own word: a broker taken for a gateway hides one for each that it asked. */
function doubted(records: readonly AuditRecord[]): number {
  const inDoubt = records.filter(({ facts }) => facts.flags.some((flag) => doubts.has(flag)));
  return inDoubt.reduce((sum, { hops }) => sum + hops.length, 0);
}

function hopsOf(records: readonly AuditRecord[]): readonly string[] {
  return records
    .map(({ hops }) =>
      hops
        .map(({ spanId }) => shortId(spanId))
        .toSorted()
        .join(' '),
    )
    .toSorted();
}

function messages(spans: readonly ShortSpan[], pauseMs: number): readonly EngineMessage[] {
  const made = spans.map((span, offset): EngineMessage => {
    const at = { offset, appendTimeMs: transcriptStartMs + offset * pauseMs };
    const sender = { tenant: 'acme', producer: 'app', trust: 'application' } as const;
    return { ...at, ...sender, kind: 'spans', accepted: 1, spans: [makeSpan(span)] };
  });
  const endMs = transcriptStartMs + spans.length * pauseMs + 20_000;
  return [...made, { offset: made.length, appendTimeMs: endMs, kind: 'tick' }];
}
