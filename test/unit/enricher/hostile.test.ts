import { describe, expect, it, vi } from 'vitest';
import type { EngineMessage } from '../../../enricher/engine.ts';
import { makeSpan, transcriptStartMs } from './make-span.ts';
import type { ShortSpan } from './make-span.ts';
import { currentRecords, engineOptions, runEngine } from './run-engine.ts';
import { microsecondsAt } from '../../../otlp/wire.ts';
import { limits } from '../../../schemas/limits.ts';

// Many runs on a busy machine take their time, and say nothing by it.
vi.setConfig({ testTimeout: 120_000 });

const attributes = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'a' };
const options = { ...engineOptions, traceSpansMax: 20_000 };

describe('hostile traces', () => {
  it('end, though spans are each other’s parents', () => {
    const spans: ShortSpan[] = [
      { id: 'a', parent: 'b', kind: 'client', attributes },
      { id: 'b', parent: 'a', kind: 'server', attributes },
      { id: 'self', parent: 'self', kind: 'client', attributes },
      { id: 'x', parent: 'y', name: 'HTTP' },
      { id: 'y', parent: 'x', name: 'HTTP' },
      { id: 'z', parent: 'x', kind: 'client', attributes },
    ];
    const records = currentRecords(runEngine([message(0, 0, spans), tick(1, 20_000)]).records);
    expect(records.map(({ facts }) => facts.hops).toSorted((a, b) => a - b)).toEqual([1, 1, 2]);
  });

  it.each([
    ['a chain of a thousand hops', (index: number) => index - 1],
    ['a thousand hops under one', () => 0],
  ])('cost little: %s', (_, parentOf) => {
    const spans = Array.from({ length: 1000 }, (_unused, index): ShortSpan => {
      const parent = index === 0 ? {} : { parent: `h${parentOf(index)}` };
      return { id: `h${index}`, kind: index === 0 ? 'client' : 'server', attributes, ...parent };
    });
    const started = cpuMs();
    const { records, bytes } = runEngine([message(0, 0, spans), tick(1, 20_000)], [], options);
    expect(cpuMs() - started).toBeLessThan(3000);
    expect(records).toHaveLength(1);
    expect(records[0]?.facts.hops).toBe(1000);
    expect((bytes[0]?.length ?? 0) / 2).toBeLessThan(limits.recordBytesMax);
  });

  it('cost little: a chain of context that comes from the inside out', () => {
    const spans = Array.from({ length: 5000 }, (_, index): ShortSpan => {
      if (index === 0) return { id: 'h', parent: 'o1', kind: 'client', attributes };
      return { id: `o${index}`, parent: `o${index + 1}`, name: 'HTTP' };
    });
    const started = cpuMs();
    const { records } = runEngine([message(0, 0, spans), tick(1, 20_000)], [], options);
    expect(cpuMs() - started).toBeLessThan(3000);
    expect(records).toHaveLength(1);
  });

  it('make records that can be written and sealed, though their clocks show the end of time', () => {
    const last = microsecondsAt(Buffer.alloc(8, 0xff), 0);
    const times = [
      [0, last],
      [last, 0],
      [last, last],
    ] as const;
    const spans = times.map((us, index): ShortSpan => ({
      id: `t${index}`,
      kind: 'client',
      us,
      attributes,
    }));
    const { records } = runEngine([message(0, 0, spans), tick(1, 20_000)]);
    expect(records).toHaveLength(3);
    for (const { facts } of records) expect(facts.flags).toContain('clock_clamped');
  });

  it('make records that can be written, though token counts and names are as large as they can be', () => {
    const long = 'm'.repeat(limits.valueBytesMax);
    const usage = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': long,
      'gen_ai.usage.input_tokens': 1,
      'gen_ai.usage.cache_read.input_tokens': Number.MAX_SAFE_INTEGER,
      'gen_ai.usage.cache_write.input_tokens': Number.MAX_SAFE_INTEGER,
      'gen_ai.usage.output_tokens': 2,
    };
    const agent = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'a' };
    const { records, bytes } = runEngine([
      message(0, 0, [{ id: 'i', parent: 'a', attributes: usage }]),
      message(1, 5000, [{ id: 'a', attributes: agent }]),
      tick(2, 20_000),
    ]);
    expect(records.map(({ facts }) => facts.inputTokens)).toEqual([1, 1]);
    expect(records[1]?.facts.flags).toContain('usage_malformed');
    for (const each of bytes) expect(each.length / 2).toBeLessThan(16 * 1024);
  });

  it('give one call, wherever a restart falls, though a name is cut within a character', () => {
    const name = `${'x'.repeat(511)}\u{1f600}`;
    const tool = { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': name };
    const messages = [
      message(0, 0, [{ id: 'c', kind: 'client', attributes: tool }]),
      tick(1, 2000),
      message(2, 3000, [{ id: 's', parent: 'c', kind: 'server', attributes: tool }]),
      tick(3, 20_000),
    ];
    const restarts = messages.map(() => ({ messages: 1, restart: true }));
    const { records } = runEngine(messages, restarts);
    expect(currentRecords(records)).toHaveLength(1);
  });

  it('stay within the size of a record, whatever is as long as it can be', () => {
    const long = 'ű'.repeat(limits.valueBytesMax / 2);
    const keys = [
      'user.id',
      'gen_ai.agent.name',
      'mcp.server.name',
      'mcp.session.id',
      'error.type',
    ];
    const many = Object.fromEntries(keys.map((key) => [key, long]));
    const payload = {
      'gen_ai.tool.call.arguments': long.repeat(3),
      'gen_ai.tool.call.result': long,
    };
    const spans = Array.from({ length: 40 }, (_, index): ShortSpan => {
      const parent = index === 0 ? {} : { parent: `h${index - 1}` };
      const kind = index % 2 === 0 ? 'client' : 'server';
      return {
        id: `h${index}`,
        kind,
        name: long,
        attributes: { ...attributes, ...many, ...payload },
        ...parent,
      };
    });
    const { bytes, records } = runEngine([message(0, 0, spans), tick(1, 20_000)]);
    expect((bytes[0]?.length ?? 0) / 2).toBeLessThan(limits.recordBytesMax);
    expect(records[0]?.payload[0]).toMatchObject({
      truncated: true,
      bytes: 3 * limits.valueBytesMax,
    });
  });
});

function message(offset: number, atMs: number, spans: readonly ShortSpan[]): EngineMessage {
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

/** CPU time of this process, ms: what others on the machine do does not count. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
