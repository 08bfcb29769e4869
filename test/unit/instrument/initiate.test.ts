import { SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { clientKind, createPair, recordSpans, serverKind, spanOf } from './recorded-spans.ts';
import type { Pair } from './recorded-spans.ts';

const exporter = recordSpans();

describe('a tool call inside an execute_tool span', () => {
  it('has a client span of its own by default', async () => {
    const { client, connect } = pairWithTool(createPair());
    await connect();
    const around = executeTool('get_order');
    await under(around, () => client.callTool({ name: 'get_order' }));
    around.end();
    const sent = await spanOf(exporter, 'tools/call get_order', clientKind);
    expect(sent.parentSpanContext?.spanId).toBe(around.spanContext().spanId);
  });

  it('adds its attributes to that span by opt-in', async () => {
    const { client, connect } = pairWithTool(createPair({ enrichExecuteTool: true }));
    await connect();
    const around = executeTool('get_order');
    await under(around, () => client.callTool({ name: 'get_order' }));
    around.end();
    const enriched = await spanOf(exporter, 'execute_tool get_order', SpanKind.INTERNAL);
    expect(enriched.attributes).toEqual({
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'get_order',
      'mcp.method.name': 'tools/call',
      'mcp.protocol.version': '2025-11-25',
      'jsonrpc.request.id': '1',
    });
    const processed = await spanOf(exporter, 'tools/call get_order', serverKind);
    expect(processed.parentSpanContext?.spanId).toBe(around.spanContext().spanId);
    expect(names()).not.toContain(`${clientKind} tools/call get_order`);
  });

  it('marks that span as failed when the tool reports an error', async () => {
    const { client, connect } = pairWithTool(createPair({ enrichExecuteTool: true }));
    await connect();
    const around = executeTool('fail');
    await under(around, () => client.callTool({ name: 'fail' }));
    around.end();
    const enriched = await spanOf(exporter, 'execute_tool fail', SpanKind.INTERNAL);
    expect(enriched.attributes['error.type']).toBe('tool_error');
    expect(enriched.status).toEqual({ code: SpanStatusCode.ERROR });
  });

  it.each([
    ['of another tool', () => executeTool('other')],
    ['of another kind', () => trace.getTracer('test').startSpan('agent step')],
  ])('keeps its own span under a span %s', async (_, start) => {
    const { client, connect } = pairWithTool(createPair({ enrichExecuteTool: true }));
    await connect();
    await under(start(), () => client.callTool({ name: 'get_order' }));
    await spanOf(exporter, 'tools/call get_order', clientKind);
  });

  it('gives a retry a span of its own', async () => {
    const { client, connect } = pairWithTool(createPair({ enrichExecuteTool: true }));
    await connect();
    const around = executeTool('get_order');
    await under(around, () => client.callTool({ name: 'get_order' }));
    await under(around, () => client.callTool({ name: 'get_order' }));
    around.end();
    const retried = await spanOf(exporter, 'tools/call get_order', clientKind);
    expect(retried.attributes['jsonrpc.request.id']).toBe('2');
    const enriched = await spanOf(exporter, 'execute_tool get_order', SpanKind.INTERNAL);
    expect(enriched.attributes['jsonrpc.request.id']).toBe('1');
  });
});

describe('requests at the same time', () => {
  it('keep their own ids, answers and parents', async () => {
    const { client, server, connect } = createPair();
    for (let index = 0; index < 20; index += 1) {
      server.registerTool(`tool${index}`, {}, async () => {
        await new Promise((resolve) => setTimeout(resolve, 20 - index));
        return { content: [], isError: index % 2 === 1 };
      });
    }
    await connect();
    const calls = Array.from({ length: 20 }, (_, index) =>
      client.callTool({ name: `tool${index}` }),
    );
    await Promise.all(calls);
    for (let index = 0; index < 20; index += 1) {
      const sent = await spanOf(exporter, `tools/call tool${index}`, clientKind);
      const processed = await spanOf(exporter, `tools/call tool${index}`, serverKind);
      expect(sent.attributes['jsonrpc.request.id']).toBe(String(index + 1));
      expect(sent.attributes['error.type']).toBe(index % 2 === 1 ? 'tool_error' : undefined);
      expect(processed.parentSpanContext?.spanId).toBe(sent.spanContext().spanId);
    }
  });

  it('leave no rejection unhandled', async () => {
    const { client, connect } = createPair();
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    await connect();
    await Promise.allSettled([
      client.readResource({ uri: 'x:y' }),
      client.callTool({ name: 'no' }),
    ]);
    await client.close();
    await expect(client.ping()).rejects.toThrow('Not connected');
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });
});

function pairWithTool(pair: Pair): Pair {
  pair.server.registerTool('get_order', {}, () => ({ content: [] }));
  pair.server.registerTool('fail', {}, () => ({ content: [], isError: true }));
  return pair;
}

function executeTool(tool: string): Span {
  return trace.getTracer('agent').startSpan(`execute_tool ${tool}`, {
    attributes: { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool },
  });
}

function under<T>(span: Span, run: () => Promise<T>): Promise<T> {
  return context.with(trace.setSpan(context.active(), span), run);
}

function names(): readonly string[] {
  return exporter.getFinishedSpans().map((span) => `${span.kind} ${span.name}`);
}
