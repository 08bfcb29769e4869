import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { EngineMessage } from '../../../enricher/engine.ts';
import { parseCountKey } from '../../../schemas/state-keys.ts';
import { makeSpan, shortId, transcriptStartMs } from './make-span.ts';
import type { ShortSpan } from './make-span.ts';
import type { RandomTrace } from './random-trace.ts';
import { randomTrace, visibleCalls } from './random-trace.ts';
import { currentRecords, engineOptions, runEngine } from './run-engine.ts';
import type { CommitPlan, Run } from './run-engine.ts';

// Many runs on a busy machine take their time, and say nothing by it.
vi.setConfig({ testTimeout: 120_000 });

/** A trace's spans as they may come: in any order, some never, some twice, in messages of any size, with pauses. */
type Delivery = { readonly trace: RandomTrace; readonly messages: readonly EngineMessage[] };

const deliveryOf = (trace: RandomTrace, whole: boolean): fc.Arbitrary<Delivery> =>
  fc
    .record({
      order: fc.shuffledSubarray([...trace.spans], {
        minLength: whole ? trace.spans.length : 1,
      }),
      again: fc.subarray([...trace.spans]),
      sizes: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 }),
      pauses: fc.array(fc.constantFrom(0, 1, 400, 1500), { minLength: 1, maxLength: 8 }),
    })
    .map(({ order, again, sizes, pauses }) => ({
      trace,
      messages: packed([...order, ...again], sizes, pauses),
    }));

const delivery = randomTrace.chain((trace) => deliveryOf(trace, false));
const wholeDelivery = randomTrace.chain((trace) => deliveryOf(trace, true));

const commitPlan: fc.Arbitrary<CommitPlan> = fc.array(
  fc.record({ messages: fc.integer({ min: 1, max: 4 }), restart: fc.boolean() }),
  { minLength: 1, maxLength: 30 },
);

const runs = { numRuns: 200 };

describe('the engine, for any delivery of any trace', () => {
  it('finds as many calls as there were, and none twice', () => {
    fc.assert(
      fc.property(delivery, ({ trace, messages }) => {
        const calls = currentRecords(runWhole(messages).records);
        expect(calls.length).toBe(visibleCalls(trace, idsIn(messages)));
        const hops = calls.flatMap((record) => record.hops.map(({ spanId }) => spanId));
        expect(new Set(hops).size).toBe(hops.length);
      }),
      runs,
    );
  });

  it('counts every accepted span in one bucket, and leaves none open once time has passed', () => {
    fc.assert(
      fc.property(delivery, ({ messages }) => {
        const counts = countsOf(runWhole(messages));
        const { accepted, ...buckets } = counts;
        expect(Object.values(buckets).reduce((sum, count) => sum + count, 0)).toBe(accepted);
        expect(counts['open'] ?? 0).toBe(0);
      }),
      runs,
    );
  });

  it('gives the same records, byte for byte, wherever commits and restarts fall', () => {
    fc.assert(
      fc.property(delivery, commitPlan, fc.constantFrom(0, 1000), (given, plan, cached) => {
        const alone = runEngine(given.messages);
        const options = { ...engineOptions, cachedSpansMax: cached };
        expect(runEngine(given.messages, plan, options).bytes).toEqual(alone.bytes);
      }),
      runs,
    );
  });

  it('names each superseded revision, and numbers revisions densely', () => {
    fc.assert(
      fc.property(delivery, ({ messages }) => {
        const last = new Map<string, number>();
        for (const record of runWhole(messages).records) {
          const earlier = last.get(record.callId);
          expect(record.revision).toBe(earlier === undefined ? 0 : earlier + 1);
          const superseded = earlier === undefined ? undefined : `${record.callId}.${earlier}`;
          expect(record.supersedes?.recordId).toBe(superseded);
          last.set(record.callId, record.revision);
        }
      }),
      runs,
    );
  });

  it('gives the user of the root to every call whose way up is whole', () => {
    fc.assert(
      fc.property(wholeDelivery, ({ trace, messages }) => {
        const current = currentRecords(runWhole(messages).records);
        expect(current.length).toBe(trace.calls.length);
        for (const { facts } of current) expect(facts.user).toBe('p_u');
      }),
      runs,
    );
  });
});

/** In one commit: where commits fall makes no difference, and has a property of its own. */
function runWhole(messages: readonly EngineMessage[]): Run {
  return runEngine(messages, [{ messages: messages.length, restart: false }]);
}

function packed(
  spans: readonly ShortSpan[],
  sizes: readonly number[],
  pauses: readonly number[],
): readonly EngineMessage[] {
  const messages: EngineMessage[] = [];
  let atMs = transcriptStartMs;
  for (let from = 0, turn = 0; from < spans.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    atMs += pauses[turn % pauses.length] ?? 0;
    const part = spans.slice(from, from + size);
    messages.push({
      offset: turn,
      appendTimeMs: atMs,
      kind: 'spans',
      tenant: 'acme',
      producer: 'app',
      trust: 'application',
      accepted: part.length,
      spans: part.map(makeSpan),
    });
    from += size;
  }
  messages.push({ offset: messages.length, appendTimeMs: atMs + 20_000, kind: 'tick' });
  return messages;
}

function idsIn(messages: readonly EngineMessage[]): ReadonlySet<string> {
  const spans = messages.flatMap((message) => (message.kind === 'spans' ? message.spans : []));
  return new Set(spans.map(({ spanId }) => shortId(spanId)));
}

function countsOf({ state }: Run): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const [key, value] of state.scanState('count/')) {
    const name = parseCountKey(key)?.count ?? '';
    counts[name] = Number(Buffer.from(value).toString());
  }
  return counts;
}
