import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { EngineMessage } from '../../../enricher/engine.ts';
import type { AuditRecord } from '../../../schemas/record-types.ts';
import { makeSpan, shortId, transcriptStartMs } from './make-span.ts';
import type { ShortSpan } from './make-span.ts';
import { randomTopology } from './random-topology.ts';
import type { RandomTrace } from './random-trace.ts';
import { currentRecords, runEngine } from './run-engine.ts';

// Many runs on a busy machine take their time, and say nothing by it.
vi.setConfig({ testTimeout: 120_000 });

type Delivery = {
  readonly trace: RandomTrace;
  readonly one: readonly ShortSpan[];
  readonly other: readonly ShortSpan[];
  readonly pauseMs: number;
};

/** The same spans, with some twice, in two orders. */
const deliveryOf = (
  trace: RandomTrace,
  came: fc.Arbitrary<readonly ShortSpan[]>,
): fc.Arbitrary<Delivery> =>
  fc
    .record({
      came,
      again: fc.subarray([...trace.spans]),
      pauseMs: fc.constantFrom(0, 1, 2000),
    })
    .chain(({ came: present, again, pauseMs }) => {
      const spans = [...present, ...again.filter((span) => present.includes(span))];
      const shuffled = fc.shuffledSubarray(spans, { minLength: spans.length });
      return fc.record({
        trace: fc.constant(trace),
        one: shuffled,
        other: shuffled,
        pauseMs: fc.constant(pauseMs),
      });
    });

const wholeOf = (topology: fc.Arbitrary<RandomTrace>) =>
  topology.chain((trace) => deliveryOf(trace, fc.constant([...trace.spans])));
const partOf = (topology: fc.Arbitrary<RandomTrace>) =>
  topology.chain((trace) => deliveryOf(trace, fc.subarray([...trace.spans], { minLength: 1 })));

const wholeDelivery = wholeOf(randomTopology('none'));
const delivery = partOf(randomTopology('none'));
const wholeTools = wholeOf(randomTopology('agents'));
const tools = partOf(randomTopology('agents'));

/** By these a record says that it may be more or less than one call. */
const doubts: ReadonlySet<string> = new Set([
  'forwarding_assumed',
  'may_be_doubled',
  'renamed_or_relayed',
]);

describe('calls of any topology, from any mix of emitters', () => {
  it('are those that were made when all spans came: a record of more or of less than one says so itself', () => {
    fc.assert(
      fc.property(wholeDelivery, ({ trace, one, pauseMs }) => {
        expectExact(trace, callsOf(one, pauseMs), isDoubted);
      }),
      { numRuns: 60 },
    );
  });

  it('with spans missing, too: a part that is apart says that what lies above it has not come', () => {
    fc.assert(
      fc.property(delivery, ({ trace, one, pauseMs }) => {
        expectExact(trace, callsOf(one, pauseMs), (record) => isDoubted(record) || lacks(record));
      }),
      { numRuns: 60 },
    );
  });

  it('are those of agents that tell of their tools themselves, once or twice, over requests or without any', () => {
    fc.assert(
      fc.property(wholeTools, ({ trace, one, pauseMs }) => {
        expectExact(trace, callsOf(one, pauseMs), isDoubted);
      }),
      { numRuns: 60 },
    );
  });

  it('of agents that tell of their tools, with spans missing: told once, in no two of them, and other in another order only where it says that it may be', () => {
    fc.assert(
      fc.property(tools, ({ trace, one, other, pauseMs }) => {
        const current = callsOf(one, pauseMs);
        expectExact(trace, current, (record) => isDoubted(record) || lacks(record));
        const inOtherOrder = callsOf(other, pauseMs);
        expectAgreed(current, inOtherOrder);
        expectAgreed(inOtherOrder, current);
      }),
      { numRuns: 60 },
    );
  });

  it('are told once: what was published and proved to be another says of which it is, and is counted', () => {
    fc.assert(
      fc.property(delivery, ({ one, pauseMs }) => {
        const { records, state } = runOf(one, pauseMs);
        const calls = records.filter(({ kind }) => kind === 'call');
        const last = new Map(calls.map((record) => [record.callId, record]));
        const merged = calls.filter(({ mergedInto }) => mergedInto !== null);
        expect(merged.length).toBeGreaterThanOrEqual(last.size - currentRecords(calls).length);
        for (const { mergedInto } of merged) expect(last.has(mergedInto ?? '')).toBe(true);
        const hops = currentRecords(calls).flatMap((record) => record.hops);
        const bucket = state.getState('count/acme/app/hop') ?? [];
        expect(Number(Buffer.from(bucket).toString())).toBe(hops.length);
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

type Says = (record: AuditRecord) => boolean;

/** Every span in one record; a record of several calls, and all parts of a call but one, say that they may be. */
function expectExact(trace: RandomTrace, current: readonly AuditRecord[], says: Says): void {
  const callOf = new Map(
    trace.calls.flatMap((call, at) => call.map(({ id }) => [id, at] as const)),
  );
  const parts = new Map<number, AuditRecord[]>();
  const seen: string[] = [];
  for (const record of current) {
    const ids = record.hops.map(({ spanId }) => shortId(spanId));
    seen.push(...ids);
    const calls = new Set(ids.map((id) => callOf.get(id) ?? -1));
    if (calls.size > 1)
      expect(isDoubted(record), `more than one call: ${ids.join(' ')}`).toBe(true);
    for (const call of calls) parts.set(call, [...(parts.get(call) ?? []), record]);
  }
  expect(new Set(seen).size).toBe(seen.length);
  for (const records of parts.values()) {
    const silent = records.filter((record) => !says(record));
    const told = silent.map(({ hops, facts }) => [
      ...hops.map(({ spanId }) => shortId(spanId)),
      ...facts.missing,
      ...facts.flags,
    ]);
    expect(silent.length, `parts of one call: ${JSON.stringify(told)}`).toBeLessThanOrEqual(1);
  }
}

/** A call that is told without a doubt is the same in the others, or is told there with one. */
function expectAgreed(calls: readonly AuditRecord[], others: readonly AuditRecord[]): void {
  const says: Says = (record) => isDoubted(record) || lacks(record);
  const same = new Set(hopsOf(others));
  for (const record of calls.filter((one) => !says(one))) {
    const [hops = ''] = hopsOf([record]);
    if (same.has(hops)) continue;
    const own = new Set(record.hops.map(({ spanId }) => spanId));
    const silent = others.filter(
      (one) => one.hops.some(({ spanId }) => own.has(spanId)) && !says(one),
    );
    expect(
      silent.flatMap((one) => hopsOf([one])),
      `told with no doubt as ${hops}`,
    ).toEqual([]);
  }
}

function isDoubted({ facts }: AuditRecord): boolean {
  return facts.flags.some((flag) => doubts.has(flag));
}

function lacks({ facts }: AuditRecord): boolean {
  return facts.missing.includes('hop:client') || facts.flags.includes('ancestor_missing');
}

function callsOf(spans: readonly ShortSpan[], pauseMs: number): readonly AuditRecord[] {
  return currentRecords(runOf(spans, pauseMs).records);
}

function runOf(spans: readonly ShortSpan[], pauseMs: number) {
  // One commit: where commits fall makes no difference, and is tested elsewhere.
  return runEngine(messages(spans, pauseMs), [{ messages: spans.length + 1, restart: false }]);
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
