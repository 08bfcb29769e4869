import { describe, expect, it } from 'vitest';
import type { EngineMessage } from '../../../enricher/engine.ts';
import { parseEnricherConfig } from '../../../enricher/config.ts';
import { createEngine } from '../../../enricher/engine.ts';
import { makeSpan, transcriptStartMs } from './make-span.ts';
import type { ShortSpan } from './make-span.ts';
import { memoryState } from './memory-state.ts';
import { engineOptions, runEngine } from './run-engine.ts';

const HOUR_MS = 3_600_000;
const call = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'add' };
const client: ShortSpan = { id: 'c', kind: 'client', attributes: call };
const server: ShortSpan = { id: 's', parent: 'c', kind: 'server', attributes: call };

describe('what is remembered of traces', () => {
  it('finds the call of a span that comes 71 hours late', () => {
    const { records } = runEngine([
      message(0, 0, client),
      tick(1, 2000),
      message(2, 71 * HOUR_MS, server),
      tick(3, 71 * HOUR_MS + 2000),
    ]);
    expect(records.map(({ revision, change }) => `${revision} ${change}`)).toEqual([
      '0 first',
      '1 hop_arrived',
    ]);
  });

  it('revises no published call a day after its first span, and counts what comes', () => {
    const options = { ...engineOptions, revisionMsMax: 24 * HOUR_MS };
    const late = [message(2, 25 * HOUR_MS, server), tick(3, 25 * HOUR_MS + 2000)];
    const { records, state } = runEngine(
      [message(0, 0, client), tick(1, 2000), ...late],
      [],
      options,
    );
    expect(records).toHaveLength(1);
    expect(count(state.entries, 'hop')).toBe(2);
    expect(count(state.entries, 'open')).toBe(0);
  });

  it('revises a call so often at most: the last revision says so', () => {
    const options = { ...engineOptions, revisionsMax: 3 };
    const database = (id: string): ShortSpan => ({
      id,
      parent: 's',
      kind: 'client',
      attributes: { 'db.system.name': 'postgresql', 'db.namespace': id },
    });
    const lone = { ...server, parent: '' };
    const late = ['d1', 'd2', 'd3', 'd4', 'd5'].flatMap((id, step) => [
      message(2 + step * 2, 4000 + step * 4000, database(id)),
      tick(3 + step * 2, 6000 + step * 4000),
    ]);
    const { records, state } = runEngine(
      [message(0, 0, lone), tick(1, 2000), ...late],
      [],
      options,
    );
    const told = records.map(
      ({ revision, facts }) => `${revision} ${facts.flags.includes('revisions_capped')}`,
    );
    expect(told).toEqual(['0 false', '1 false', '2 false', '3 true']);
    expect(count(state.entries, 'open')).toBe(0);
  });

  it('lasts for revisions a day by default', () => {
    expect(parseEnricherConfig({ logDirectory: 'none' }).revisionMsMax).toBe(24 * HOUR_MS);
  });

  it('holds what a call was asked until it is told, and not a word of it after', () => {
    const asked = { ...call, 'gen_ai.tool.call.arguments': '{"note":"only-once"}' };
    const state = memoryState();
    const engine = createEngine(engineOptions, state);
    const held = () =>
      [...state.entries.values()].some((value) => Buffer.from(value).includes('only-once'));
    engine.step(message(0, 0, { ...client, attributes: asked }));
    state.apply(engine.drain());
    expect(held()).toBe(true);
    engine.step(tick(1, 2000));
    state.apply(engine.drain());
    expect(held()).toBe(false);
    // A copy that comes later is told, and not kept either.
    engine.step(message(2, 3000, { ...server, attributes: asked }));
    engine.step(tick(3, 6000));
    state.apply(engine.drain());
    expect(held()).toBe(false);
  });

  it('goes on without a record that cannot be written, and counts its spans as dead letters', () => {
    const state = memoryState();
    const published: string[] = [];
    const engine = createEngine(engineOptions, state, undefined, ({ facts }) => {
      if (facts.tool === 'bad') throw new TypeError('what a span said');
      published.push(facts.tool ?? '');
    });
    const bad = { ...client, id: 'x', attributes: { ...call, 'gen_ai.tool.name': 'bad' } };
    engine.step(message(0, 0, bad, client, server));
    engine.step(tick(1, 2000));
    expect(published).toEqual(['add']);
    const [failure, ...others] = engine.takeFailures();
    expect(failure).toMatchObject({ tenant: 'acme', what: 'call' });
    expect(failure?.reason).toMatch(/^unforeseen TypeError/);
    expect(failure?.reason).not.toContain('what a span said');
    expect(others).toEqual([]);
    state.apply(engine.drain());
    expect(count(state.entries, 'dead_letter')).toBe(1);
    expect(count(state.entries, 'hop')).toBe(2);
  });

  it('has forgotten it after 73 hours, whether or not it was deleted by then', () => {
    const late = [message(2, 73.5 * HOUR_MS, server), tick(3, 74 * HOUR_MS)];
    const messages = [message(0, 0, client), tick(1, 2000), ...late];
    const eager = runEngine(messages);
    const lazy = runEngine(messages, [], { ...engineOptions, expiredPerCommitMax: 1 });
    const inOneCommit = runEngine(messages, [{ messages: 4, restart: false }]);
    expect(eager.records.map(({ revision }) => revision)).toEqual([0, 0]);
    expect(lazy.bytes).toEqual(eager.bytes);
    expect(inOneCommit.bytes).toEqual(eager.bytes);
  });

  it('publishes what fell due at once in bounded steps, none lost and alike over restarts, however late', () => {
    const options = { ...engineOptions, dueRecordsMax: 2 };
    const many = Array.from({ length: 7 }, (_, index) => ({ ...client, trace: `t${index}` }));
    const late = Array.from({ length: 4 }, (_, index) => tick(index + 1, 80 * HOUR_MS + index));
    const messages = [message(0, 0, ...many), ...late];
    const state = memoryState();
    const engine = createEngine(options, state);
    const steps = messages.map((each) => {
      const { length } = engine.step(each);
      state.apply(engine.drain());
      return length;
    });
    expect(steps).toEqual([0, 2, 2, 2, 1]);
    expect(count(state.entries, 'open')).toBe(0);
    expect([...state.entries.keys()].filter((key) => /^[op]\//.test(key))).toEqual([]);
    const restarts = messages.map(() => ({ messages: 1, restart: true }));
    const inOne = [{ messages: messages.length, restart: false }];
    const { bytes } = runEngine(messages, restarts, options);
    expect(bytes).toHaveLength(7);
    expect(runEngine(messages, inOne, options).bytes).toEqual(bytes);
  });

  it('deletes what is past its time, all of it', () => {
    const state = memoryState();
    const engine = createEngine(engineOptions, state);
    const many = Array.from({ length: 200 }, (_, index) => ({ ...client, id: `c${index}` }));
    engine.step(message(0, 0, ...many));
    state.apply(engine.drain());
    expect(state.entries.size).toBeGreaterThan(8);
    engine.step(tick(1, 2000));
    state.apply(engine.drain());
    engine.step(tick(2, 80 * HOUR_MS));
    state.apply(engine.drain());
    const ofProducers = (key: string) => key.startsWith('count/') || key.startsWith('heard/');
    expect([...state.entries.keys()].filter((key) => !ofProducers(key))).toEqual([]);
  });

  it('writes only the part of a large trace that changed', () => {
    const state = memoryState();
    const engine = createEngine(engineOptions, state);
    const many = Array.from({ length: 300 }, (_, index) => ({ ...client, id: `c${index}` }));
    engine.step(message(0, 0, ...many));
    engine.step(tick(1, 2000));
    state.apply(engine.drain());
    engine.step(message(2, 3000, { ...server, id: 'late', parent: 'c299' }));
    const keys = engine
      .drain()
      .map(({ key }) => key)
      .filter((key) => key.startsWith('t/'));
    expect(keys.map((key) => key.split('/').slice(3).join('/'))).toEqual(['', 's4', 'c9']);
  });

  it('publishes a trace that grows without end, and begins it anew, losing no span', () => {
    const options = { ...engineOptions, traceSpansMax: 10 };
    const many = Array.from({ length: 25 }, (_, index) => ({ ...client, id: `c${index}` }));
    const { records, state } = runEngine([message(0, 0, ...many), tick(1, 5000)], [], options);
    expect(records).toHaveLength(25);
    // The first ten are surely calls of their own; of what comes after them nobody knows what was forgotten.
    expect(records.filter(({ facts }) => facts.flags.includes('trace_restarted'))).toHaveLength(15);
    expect(count(state.entries, 'hop')).toBe(25);
    expect(count(state.entries, 'open')).toBe(0);
  });

  it('counts what the sender was told but nobody can find as dead letters', () => {
    const short = { ...message(0, 0, client), accepted: 3 };
    const { state } = runEngine([short, tick(1, 5000)]);
    expect(count(state.entries, 'accepted')).toBe(3);
    expect(count(state.entries, 'dead_letter')).toBe(2);
    expect(count(state.entries, 'hop')).toBe(1);
  });
});

function message(offset: number, atMs: number, ...spans: readonly ShortSpan[]): EngineMessage {
  return {
    kind: 'spans',
    offset,
    appendTimeMs: transcriptStartMs + atMs,
    tenant: 'acme',
    producer: 'app',
    trust: 'application',
    accepted: spans.length,
    spans: spans.map(makeSpan),
  };
}

function tick(offset: number, atMs: number): EngineMessage {
  return { kind: 'tick', offset, appendTimeMs: transcriptStartMs + atMs };
}

function count(entries: ReadonlyMap<string, Uint8Array>, bucket: string): number {
  return Number(Buffer.from(entries.get(`count/acme/app/${bucket}`) ?? []).toString());
}
