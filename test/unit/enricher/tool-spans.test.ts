import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { EngineMessage } from '../../../enricher/engine.ts';
import type { AuditRecord } from '../../../schemas/record-types.ts';
import { makeSpan, shortId, transcriptStartMs } from './make-span.ts';
import type { ShortSpan } from './make-span.ts';
import { currentRecords, runEngine } from './run-engine.ts';
import { runTwoPartitions } from './run-two-partitions.ts';

// Many runs on a busy machine take their time, and say nothing by it.
vi.setConfig({ testTimeout: 120_000 });

/** One use of a tool: what was sent of it, and which tools were used while it ran. */
type Use = {
  /** Spans of the agent's framework, within each other where two instrumentations send one. */
  readonly tools: number;
  readonly mcp: 'none' | 'client' | 'server' | 'both';
  /** Steps of the framework between its span and what lies below. */
  readonly steps: number;
  /** The server's own framework tells of the tool that it was asked for. */
  readonly within: boolean;
  readonly byAgent: boolean;
  readonly uses: readonly Use[];
};

const use: fc.Memo<Use> = fc.memo((depth) =>
  fc.record({
    tools: fc.nat(2),
    mcp: fc.constantFrom<Use['mcp']>('none', 'client', 'server', 'both'),
    steps: fc.nat(2),
    within: fc.boolean(),
    byAgent: fc.boolean(),
    uses: depth > 1 ? fc.array(use(depth - 1), { maxLength: 2 }) : fc.constant([]),
  }),
);

type Told = { readonly spans: ShortSpan[]; clock: number };

/** Adds the spans of a use below a place; gives how many calls they tell of, counted by hand as it goes. */
function addUse(told: Told, planned: Use, parent: string): number {
  const tool = `tool${told.clock}x`;
  let below = parent;
  const add = (name: string, attributes: Record<string, string>, kind: ShortSpan['kind']) => {
    const id = `s${told.spans.length}`;
    const ms = [told.clock, told.clock + 1000] as const;
    told.spans.push({ id, parent: below, name, attributes, kind: kind ?? 'internal', ms });
    below = id;
  };
  const framework = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool };
  const request = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': tool };
  const isTold = planned.mcp !== 'none';
  for (let at = 0; at < planned.tools; at += 1) add(`execute_tool ${tool}`, framework, undefined);
  for (let at = 0; at < planned.steps; at += 1) add('step', {}, undefined);
  if (planned.mcp === 'client' || planned.mcp === 'both') add('call', request, 'client');
  if (planned.mcp === 'server' || planned.mcp === 'both') add('call', request, 'server');
  if (isTold && planned.within) add(`execute_tool ${tool}`, framework, undefined);
  if (planned.byAgent) {
    add('invoke_agent', { 'gen_ai.operation.name': 'invoke_agent' }, undefined);
  }
  let calls = 0;
  for (const each of planned.uses) {
    told.clock += 2000;
    calls += addUse(told, each, below);
  }
  told.clock += 2000;
  if (isTold) return calls + 1;
  return planned.tools > 0 && calls === 0 ? 1 : calls;
}

const delivery = fc.array(use(3), { minLength: 1, maxLength: 3 }).chain((uses) => {
  const told: Told = { spans: [], clock: 0 };
  const made = uses.reduce((sum, each) => sum + addUse(told, each, 'root'), 0);
  const spans = [{ id: 'root', name: 'POST /chat' }, ...told.spans];
  const shuffled = fc.shuffledSubarray(spans, { minLength: spans.length });
  return fc.record({
    made: fc.constant(made),
    one: shuffled,
    other: shuffled,
    pauseMs: fc.constantFrom(0, 1, 2000),
    restart: fc.boolean(),
  });
});

describe("agents' own spans of tools", () => {
  it('add no call where another tells of the tool, and one where none does, in whatever order spans come', () => {
    fc.assert(
      fc.property(delivery, ({ made, one, pauseMs, restart }) => {
        expect(callsOf(one, pauseMs, restart)).toHaveLength(made);
      }),
      { numRuns: 60 },
    );
  });

  it('leave the same calls in whatever order they come, and say which of them may be no MCP call', () => {
    fc.assert(
      fc.property(delivery, ({ one, other, pauseMs }) => {
        expect(toldOf(callsOf(one, pauseMs, false))).toEqual(toldOf(callsOf(other, 0, true)));
      }),
      { numRuns: 40 },
    );
  });
});

describe("an agent's own span of a tool, in another trace than what tells of it", () => {
  const named = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' };
  const request = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'search' };
  const asked = { 'gen_ai.tool.call.arguments': '{"q":"x"}' };
  const server: ShortSpan = {
    id: 's',
    trace: 'A',
    kind: 'server',
    ms: [1, 9],
    attributes: request,
  };

  it('is that call where a link says that it was caused there', () => {
    const outside = { trace: 'A', id: 's' };
    const tool: ShortSpan = { id: 't', trace: 'B', attributes: named, outside };
    for (const spans of [
      [server, tool],
      [tool, server],
    ]) {
      const { records } = runTwoPartitions(spans.map((span, at) => ({ span, atMs: at * 3000 })));
      const current = currentRecords(records);
      expect(current.map(({ hops }) => hops.map(({ spanId }) => shortId(spanId)))).toEqual([['s']]);
    }
  });

  it('is one with the server that was asked the same at the time, by inference', () => {
    const spans: readonly ShortSpan[] = [
      { id: 't', trace: 'B', ms: [0, 10], attributes: { ...named, ...asked } },
      { ...server, attributes: { ...request, ...asked } },
    ];
    const { records } = runTwoPartitions(spans.map((span) => ({ span, atMs: 0 })));
    const [record, ...others] = currentRecords(records);
    expect(others).toEqual([]);
    expect(record?.facts).toMatchObject({ method: 'tools/call', tool: 'search' });
    expect(record?.facts.flags).toContain('inferred_join');
    expect(record?.facts.flags).not.toContain('no_mcp_seen');
  });

  it('stays a call by itself where nothing was recorded of what was asked', () => {
    const spans: readonly ShortSpan[] = [
      { id: 't', trace: 'B', ms: [0, 10], attributes: named },
      server,
    ];
    const { records } = runTwoPartitions(spans.map((span) => ({ span, atMs: 0 })));
    expect(currentRecords(records)).toHaveLength(2);
  });
});

function toldOf(records: readonly AuditRecord[]): readonly string[] {
  return records
    .map(({ hops, facts }) => {
      const ids = hops.map(({ spanId }) => shortId(spanId)).toSorted();
      return `${facts.flags.includes('no_mcp_seen') ? 'perhaps ' : ''}${ids.join(' ')}`;
    })
    .toSorted();
}

function callsOf(
  spans: readonly ShortSpan[],
  pauseMs: number,
  restart: boolean,
): readonly AuditRecord[] {
  const made = spans.map((span, offset): EngineMessage => {
    const at = { offset, appendTimeMs: transcriptStartMs + offset * pauseMs };
    const sender = { tenant: 'acme', producer: 'app', trust: 'application' } as const;
    return { ...at, ...sender, kind: 'spans', accepted: 1, spans: [makeSpan(span)] };
  });
  const appendTimeMs = transcriptStartMs + spans.length * pauseMs + 20_000;
  const end: EngineMessage = { offset: made.length, appendTimeMs, kind: 'tick' };
  const plan = restart ? made.map(() => ({ messages: 1, restart })) : [];
  const { records } = runEngine([...made, end], plan);
  return currentRecords(records).filter(({ kind }) => kind === 'call');
}
