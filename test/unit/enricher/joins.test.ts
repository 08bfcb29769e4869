import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createHalves } from '../../../enricher/joins/halves.ts';
import type { ShortSpan } from './make-span.ts';
import { hexId, shortId, transcriptStartMs } from './make-span.ts';
import { memoryState } from './memory-state.ts';
import { currentRecords } from './run-engine.ts';
import { runTwoPartitions as run } from './run-two-partitions.ts';

// Many runs on a busy machine take their time, and say nothing by it.
vi.setConfig({ testTimeout: 120_000 });

const tool = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'add' };
const root: ShortSpan = { id: 'root', trace: 'A', attributes: { 'user.id': 'p_u' } };
const agent: ShortSpan = {
  id: 'agent',
  trace: 'A',
  parent: 'root',
  attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'clerk' },
};
const client: ShortSpan = {
  id: 'c',
  trace: 'A',
  parent: 'agent',
  kind: 'client',
  attributes: tool,
};
const http: ShortSpan = {
  id: 'http',
  trace: 'B',
  kind: 'server',
  name: 'POST /mcp',
  attributes: { 'user.email': 'p_mail' },
};
const proxy: ShortSpan = {
  id: 'g',
  trace: 'B',
  parent: 'http',
  kind: 'client',
  service: 'proxy',
  attributes: tool,
  outside: { trace: 'A', id: 'c' },
};
const server: ShortSpan = {
  id: 's',
  trace: 'B',
  parent: 'g',
  kind: 'server',
  service: 'calc',
  attributes: tool,
};
const all = [root, agent, client, http, proxy, server];

describe('a call whose spans lie in two traces that a link joins', () => {
  it('is one call of the trace that caused it, with the chain of both', () => {
    const [record, ...others] = currentRecords(run(all.map((span) => ({ span, atMs: 0 }))).records);
    expect(others).toEqual([]);
    expect(
      record?.hops.map(
        ({ role, traceId, spanId }) => `${role} ${shortId(traceId)}/${shortId(spanId)}`,
      ),
    ).toEqual(['client A/c', 'client B/g', 'server B/s']);
    expect(record?.facts).toMatchObject({
      traceId: hexId('A', 32),
      agent: 'clerk',
      server: 'calc',
      missing: [],
    });
    const users = record?.identities.map(({ principal }) => principal).toSorted();
    expect(users).toEqual(['p_mail', 'p_u']);
    const [user] = record?.chain ?? [];
    expect(user?.evidence[0]).toMatchObject({ key: 'user.email', traceId: hexId('B', 32) });
  });

  it('was published apart when the other trace was slow, and the later record says what it was part of', () => {
    const late = run(
      [
        ...[http, proxy, server].map((span) => ({ span, atMs: 0 })),
        ...[root, agent, client].map((span) => ({ span, atMs: 30_000 })),
      ],
      12_000,
    );
    const merged = late.records.filter(({ mergedInto }) => mergedInto !== null);
    expect(merged).toHaveLength(1);
    expect(merged[0]).toMatchObject({ revision: 1, change: 'merged_into', charges: [] });
    const [record, ...others] = currentRecords(late.records);
    expect(others).toEqual([]);
    expect(merged[0]?.mergedInto).toBe(record?.callId);
    expect(record?.facts).toMatchObject({ hops: 3, user: 'p_mail', missing: [] });
  });

  it('stays a call of its own trace when nobody answers', () => {
    const alone = run(
      [http, proxy, server].map((span) => ({ span, atMs: 0 })),
      undefined,
    );
    expect(currentRecords(alone.records)).toHaveLength(1);
  });

  it('stays apart when two traces link to each other in a circle, and none is lost', () => {
    const one: ShortSpan = {
      ...client,
      id: 'x',
      trace: 'A',
      attributes: tool,
      outside: { trace: 'B', id: 'y' },
    };
    const two: ShortSpan = {
      ...client,
      id: 'y',
      trace: 'B',
      attributes: tool,
      outside: { trace: 'A', id: 'x' },
    };
    const { parent: _, ...rootOne } = one;
    const { parent: __, ...rootTwo } = two;
    const circle = run([rootOne, rootTwo].map((span) => ({ span, atMs: 0 })));
    expect(currentRecords(circle.records).length).toBeGreaterThanOrEqual(1);
  });

  it('is found whole in any order, with any delay, over restarts, and counted once', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.array(fc.constantFrom(0, 10, 1500, 7000), { minLength: 6, maxLength: 6 }),
        fc.constantFrom(50, 2000, 9000),
        fc.boolean(),
        (order, pauses, delayMs, restart) => {
          let atMs = 0;
          const arrivals = order.map((span, index) => {
            atMs += pauses[index] ?? 0;
            return { span, atMs };
          });
          const { records, counts } = run(arrivals, delayMs, restart);
          const current = currentRecords(records);
          expect(current.map(({ facts }) => facts.hops)).toEqual([3]);
          expect(current[0]?.facts.agent).toBe('clerk');
          const ids = records.map(({ recordId }) => recordId);
          expect(new Set(ids).size).toBe(ids.length);
          expect(counts).toEqual({ accepted: 6, ancestor: 3, hop: 3, open: 0 });
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('C1 halves of a call that share neither trace nor link', () => {
  const asked = { ...tool, 'gen_ai.tool.call.arguments': '{"a": 1, "b": 2}' };
  const asking: ShortSpan = { ...client, attributes: asked, ms: [100, 200] };
  const answering: ShortSpan = {
    id: 's',
    trace: 'B',
    kind: 'server',
    service: 'calc',
    attributes: { ...tool, 'gen_ai.tool.call.arguments': '{"b":2,"a":1}' },
    ms: [110, 190],
  };
  const once = (...spans: readonly ShortSpan[]) => run(spans.map((span) => ({ span, atMs: 0 })));

  it('are one call where tenant, tool, arguments and time agree, graded inferred, with the rule and its confidence', () => {
    const { records, counts } = once(root, agent, asking, answering);
    const [record, ...others] = currentRecords(records);
    expect(others).toEqual([]);
    expect(record?.facts).toMatchObject({
      hops: 2,
      server: 'calc',
      serverGrade: 'inferred',
      grade: 'inferred',
      missing: [],
      flags: ['inferred_join'],
    });
    const link = record?.chain.find(({ kind }) => kind === 'server');
    expect(link?.evidence.map(({ key }) => key)).toEqual([
      'service.name',
      'rule:same-arguments-in-time:0.9',
    ]);
    expect(records.filter(({ mergedInto }) => mergedInto !== null)).toHaveLength(1);
    expect(counts['open']).toBe(0);
  });

  it.each([
    ['other arguments', { attributes: { ...asked, 'gen_ai.tool.call.arguments': '{"a":9}' } }],
    ['another tool', { attributes: { ...asked, 'gen_ai.tool.name': 'drop' } }],
    ['another time', { ms: [60_000, 60_050] as const }],
    ['no arguments captured', { attributes: tool }],
    ['a parent that has not come', { parent: 'gone' }],
  ])('stay apart with %s', (_, over) => {
    const current = currentRecords(once(root, agent, asking, { ...answering, ...over }).records);
    expect(current.map(({ facts }) => facts.hops)).toEqual([1, 1]);
  });

  it('stay apart where the same was asked twice at a time', () => {
    const { records } = once(root, agent, asking, { ...asking, id: 'c2' }, answering);
    expect(currentRecords(records).map(({ facts }) => facts.hops)).toEqual([1, 1, 1]);
  });

  it('are forgotten after two hours', () => {
    const state = memoryState();
    const halves = createHalves(state);
    const half = {
      side: 'asking',
      method: 'tools/call',
      tool: 'add',
      asked: 7,
      trace: 'a',
      span: 'b',
      producer: 'p',
      startTimeUs: 0,
      endTimeUs: 9,
    } as const;
    expect(halves.meet('acme', half, transcriptStartMs)).toBeUndefined();
    state.apply(halves.drain(transcriptStartMs, 10));
    expect(state.entries.size).toBe(1);
    const other = { ...half, side: 'answering', trace: 'c' } as const;
    expect(halves.meet('globex', other, transcriptStartMs)).toBeUndefined();
    expect(halves.meet('acme', other, transcriptStartMs + 3 * 3_600_000)).toBeUndefined();
    state.apply(halves.drain(transcriptStartMs + 9 * 3_600_000, 10));
    state.apply(halves.drain(transcriptStartMs + 9 * 3_600_000, 10));
    expect(state.entries.size).toBe(0);
  });
});

describe('D4 a model answer that two traces tell of', () => {
  const usage = { 'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 20 };
  const chat = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.response.id': 'chatcmpl-7f3a9',
    ...usage,
  };
  const told = (id: string, trace: string, more: Partial<ShortSpan> = {}): ShortSpan => ({
    id,
    trace,
    kind: 'client',
    ms: [0, 900],
    attributes: chat,
    ...more,
  });

  it('is charged once: what came later is the same call, and says so', () => {
    const { records } = run([
      { span: told('a', 'A'), atMs: 0 },
      { span: told('b', 'B', { ms: [50, 850] }), atMs: 500 },
    ]);
    const current = currentRecords(records);
    expect(current.map(({ facts }) => shortId(facts.spanId))).toEqual(['a']);
    const merged = records.filter(({ mergedInto }) => mergedInto !== null);
    expect(merged.map(({ mergedInto, charges }) => [mergedInto, charges])).toEqual([
      [current[0]?.callId, []],
    ]);
  });

  const withId = (id: string) => ({ attributes: { ...chat, 'gen_ai.response.id': id } });
  const cases: readonly [string, Partial<ShortSpan>, Partial<ShortSpan>][] = [
    ['its tokens differ', {}, { attributes: { ...chat, 'gen_ai.usage.output_tokens': 21 } }],
    ['it was given at another time', {}, { ms: [60_000, 61_000] }],
    ['its id is another', {}, withId('chatcmpl-7f3b0')],
    ['its id is too short to be one', withId('7'), withId('7')],
  ];
  it.each(cases)('is two where %s', (_, first, second) => {
    const { records } = run([
      { span: told('a', 'A', first), atMs: 0 },
      { span: told('b', 'B', second), atMs: 500 },
    ]);
    expect(currentRecords(records)).toHaveLength(2);
  });

  it('is charged once over a restart at each message, byte for byte alike', () => {
    const arrivals = [
      { span: told('a', 'A'), atMs: 0 },
      { span: told('b', 'B'), atMs: 500 },
    ];
    expect(run(arrivals, 100, true).bytes).toEqual(run(arrivals).bytes);
  });
});
