import { describe, expect, it } from 'vitest';
import { createEngine } from '../../../enricher/engine.ts';
import type { EngineMessage, SpansMessage } from '../../../enricher/engine.ts';
import type { Span } from '../../../otlp/span.ts';
import type { Gap, GapTimes } from '../../../query-api/reconciliation/find-gaps.ts';
import { findGaps } from '../../../query-api/reconciliation/find-gaps.ts';
import { readPartitionCounts } from '../../../query-api/reconciliation/read-reconciled.ts';
import { engineOptions } from '../enricher/run-engine.ts';
import { makeSpan } from '../enricher/make-span.ts';
import type { MemoryState } from '../enricher/memory-state.ts';
import { memoryState } from '../enricher/memory-state.ts';

const STREAM = '00112233445566ff';
const START_MS = Date.UTC(2026, 10, 21);
const times: GapTimes = {
  nowMs: START_MS + 3_600_000,
  settleMs: 60_000,
  sinceMs: 0,
  untilMs: Number.MAX_SAFE_INTEGER,
};

function span(number: number, stream = STREAM): Span {
  return makeSpan({
    id: `s${number}`,
    trace: `t${number}`,
    scope: '@waybill/instrument',
    kind: 'server',
    attributes: {
      'mcp.method.name': 'ping',
      'telemetry.stream.id': stream,
      'telemetry.stream.number': number,
    },
  });
}

function heartbeat(next: number): Span {
  const attributes = { 'telemetry.stream.id': STREAM, 'telemetry.stream.next': next };
  return makeSpan({ id: `beat${next}`, trace: `beat${next}`, name: 'heartbeat', attributes });
}

function message(offset: number, spans: readonly Span[], from: number): SpansMessage {
  return {
    kind: 'spans',
    offset,
    appendTimeMs: START_MS + offset,
    tenant: 'acme',
    producer: 'app',
    trust: 'application',
    accepted: spans.length,
    run: { id: 'aaaaaaaaaaaaaaaa', from },
    spans,
  };
}

/** Spans dealt to two partitions by turns, what is wanted left out on its way, in messages of 50. */
async function gapsOf(
  numbers: readonly number[],
  options: { readonly lost?: 'message'; readonly more?: readonly Span[] } = {},
): Promise<readonly Gap[]> {
  const states = [memoryState(), memoryState()];
  for (const [partition, state] of states.entries()) {
    const own = numbers.filter((number) => number % 2 === partition).map((number) => span(number));
    const all = partition === 0 ? [...own, ...(options.more ?? [])] : own;
    const messages: EngineMessage[] = [];
    for (let at = 0; at < all.length; at += 50) {
      messages.push(message(messages.length, all.slice(at, at + 50), at));
    }
    const left = options.lost ? messages.filter((_, at) => at !== 2) : messages;
    run(left, state);
  }
  return findGaps(await readPartitionCounts(logOf(states), 'acme'), times);
}

function run(messages: readonly EngineMessage[], state: MemoryState): void {
  let engine = createEngine({ ...engineOptions, cachedSpansMax: 10 }, state);
  for (const [at, each] of messages.entries()) {
    engine.step(each);
    state.apply(engine.drain());
    // Another owner goes on now and then.
    if (at % 3 === 2) engine = createEngine({ ...engineOptions, cachedSpansMax: 10 }, state);
  }
}

function logOf(states: readonly MemoryState[]) {
  return {
    partitions: states.length,
    range: () => Promise.resolve({ start: 0, end: 0 }),
    inspect: (role: string, partition: number) => {
      const state = role === 'enricher' ? states[partition] : undefined;
      return Promise.resolve({
        position: () => 0,
        getState: (key: string) => state?.getState(key),
        scanState: (prefix: string) => state?.scanState(prefix) ?? [],
      });
    },
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, number) => number);

describe('numbered spans', () => {
  it('that all came have no gap, however they are dealt to partitions', async () => {
    expect(await gapsOf(upTo(1_500))).toEqual([]);
  });

  it.each([1, 511, 512, 700, 1_498])('of which number %i is lost: it is named', async (lost) => {
    const gaps = await gapsOf(upTo(1_500).filter((number) => number !== lost));
    expect(gaps).toMatchObject([
      { stage: 'sender', producer: 'app', of: STREAM, first: lost, last: lost, open: false },
    ]);
  });

  it('may come in any order and more than once', async () => {
    const numbers = upTo(600);
    expect(await gapsOf([...numbers.toReversed(), ...numbers])).toEqual([]);
  });

  it('of which the last are lost are missed by the next heartbeat, and not by silence', async () => {
    expect(await gapsOf(upTo(100))).toEqual([]);
    expect(await gapsOf(upTo(100), { more: [heartbeat(100)] })).toEqual([]);
    expect(await gapsOf(upTo(100), { more: [heartbeat(103)] })).toMatchObject([
      { stage: 'sender', of: STREAM, first: 100, last: 102, count: 3 },
    ]);
  });

  it('of a message that is gone from the log are named as its run and its stream count them', async () => {
    const gaps = await gapsOf(upTo(500), { lost: 'message' });
    const run = {
      stage: 'log',
      unit: 'span',
      of: 'aaaaaaaaaaaaaaaa',
      first: 100,
      last: 149,
      count: 50,
    };
    expect(gaps.filter(({ unit }) => unit === 'span')).toMatchObject([
      { ...run, partition: 0 },
      { ...run, partition: 1 },
    ]);
    const numbered = gaps.filter(({ unit }) => unit === 'numbered span');
    expect(numbered).toMatchObject([
      { stage: 'log', producer: 'app', of: STREAM, first: 200, last: 299, count: 100 },
    ]);
  });

  it('that a liar places far apart cost neither time nor another stream', async () => {
    const far = [0, 1, 2 ** 52, 5, 2 ** 40].map((number) => span(number, 'ffffffffffffffff'));
    const gaps = await gapsOf(upTo(100), { more: [...far, heartbeat(2 ** 53 - 1)] });
    expect(gaps.filter(({ of }) => of === STREAM)).toMatchObject([
      { first: 100, last: 2 ** 53 - 2 },
    ]);
  });
});

describe('a message that holds fewer spans than its collector counted', () => {
  it('is a gap of the collector, in its minute', async () => {
    const state = memoryState();
    run([{ ...message(0, [span(0), span(1)], 0), accepted: 3 }], state);
    const counts = await readPartitionCounts(logOf([state]), 'acme');
    expect(findGaps(counts, times)).toMatchObject([
      {
        stage: 'collector',
        unit: 'span',
        producer: 'app',
        partition: 0,
        count: 1,
        sinceMs: START_MS,
      },
    ]);
    expect(await readPartitionCounts(logOf([state]), 'umbra')).toMatchObject([
      { windows: [], runs: [], streams: [] },
    ]);
  });
});
