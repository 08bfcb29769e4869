import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { instrumentClient, instrumentServer } from '../../../instrument/instrument.ts';
import { clientKind, createPair, recordSpans, serverKind, spanOf } from './recorded-spans.ts';
import type { Pair } from './recorded-spans.ts';

const exporter = recordSpans();

// Names, attributes and levels below are copied by hand from semantic-conventions-genai, model/mcp/{spans,common}.yaml.
describe('spans of a session', () => {
  it('describe a tool call on both sides, without its arguments and result', async () => {
    const { client, server, connect } = createPair();
    addOrderTool({ server });
    await connect();
    await client.callTool({ name: 'get_order', arguments: { id: 'A-17' } });
    const sent = await spanOf(exporter, 'tools/call get_order', clientKind);
    const processed = await spanOf(exporter, 'tools/call get_order', serverKind);
    const expected = {
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'get_order',
      'jsonrpc.request.id': '1',
      'mcp.protocol.version': '2025-11-25',
    };
    expect(sent.attributes).toEqual(expected);
    expect(processed.attributes).toEqual(expected);
    expect(sent.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(processed.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(sent.instrumentationScope.name).toBe('@waybill/instrument');
    expect(sent.events).toEqual([]);
    expect(JSON.stringify(exporter.getFinishedSpans().map((s) => s.attributes))).not.toContain(
      'A-17',
    );
  });

  it('record arguments, results and prompt variables when asked for', async () => {
    const { client, server, connect } = createPair(
      { captureContent: true },
      { captureContent: true, contentCharsMax: 10 },
    );
    addOrderTool({ server });
    server.registerPrompt('greet', { argsSchema: { who: z.string() } }, () => ({ messages: [] }));
    await connect();
    await client.callTool({ name: 'get_order', arguments: { id: 'A-17' } });
    await client.getPrompt({ name: 'greet', arguments: { who: 'Alice' } });
    const sent = await spanOf(exporter, 'tools/call get_order', clientKind);
    expect(sent.attributes['gen_ai.tool.call.arguments']).toBe('{"id":"A-17"}');
    expect(sent.attributes['gen_ai.tool.call.result']).toBe(
      '{"content":[{"type":"text","text":"order A-17"}]}',
    );
    const processed = await spanOf(exporter, 'tools/call get_order', serverKind);
    expect(processed.attributes['gen_ai.tool.call.arguments']).toBe('{"id":"A-1');
    expect(processed.attributes['gen_ai.tool.call.result']).toBe('{"content"');
    const prompt = await spanOf(exporter, 'prompts/get greet', serverKind);
    expect(prompt.attributes['gen_ai.prompt.variable.who']).toBe('Alice');
  });

  it('name prompts in the span name and resources only by an attribute', async () => {
    const { client, server, connect } = createPair();
    server.registerPrompt('greet', {}, () => ({ messages: [] }));
    server.registerResource('notes', 'test://notes/1', {}, (uri) => ({
      contents: [{ uri: uri.href, text: 'x' }],
    }));
    await connect();
    await client.getPrompt({ name: 'greet' });
    await client.readResource({ uri: 'test://notes/1' });
    for (const kind of [clientKind, serverKind]) {
      const prompt = await spanOf(exporter, 'prompts/get greet', kind);
      expect(prompt.attributes['gen_ai.prompt.name']).toBe('greet');
      expect(prompt.attributes).not.toHaveProperty('gen_ai.operation.name');
      const read = await spanOf(exporter, 'resources/read', kind);
      expect(read.attributes['mcp.resource.uri']).toBe('test://notes/1');
    }
  });

  it('take the resource URI into the name by opt-in', async () => {
    const { client, server, connect } = createPair({ resourceUriInSpanName: true }, null);
    server.registerResource('notes', 'test://notes/1', {}, () => ({ contents: [] }));
    await connect();
    await client.readResource({ uri: 'test://notes/1' });
    await spanOf(exporter, 'resources/read test://notes/1', clientKind);
  });

  it('cover initialization, whose spans already have the negotiated version', async () => {
    const { connect } = createPair();
    await connect();
    for (const kind of [clientKind, serverKind]) {
      const initialize = await spanOf(exporter, 'initialize', kind);
      expect(initialize.attributes).toEqual({
        'mcp.method.name': 'initialize',
        'jsonrpc.request.id': '0',
        'mcp.protocol.version': '2025-11-25',
      });
      const initialized = await spanOf(exporter, 'notifications/initialized', kind);
      expect(initialized.attributes).not.toHaveProperty('jsonrpc.request.id');
    }
  });

  it('carry what the endpoint was told to add', async () => {
    const { client, connect } = createPair({ attributes: { 'mcp.server.name': 'orders' } });
    await connect();
    await client.ping();
    const sent = await spanOf(exporter, 'ping', clientKind);
    expect(sent.attributes['mcp.server.name']).toBe('orders');
    const processed = await spanOf(exporter, 'ping', serverKind);
    expect(processed.attributes).not.toHaveProperty('mcp.server.name');
  });

  it('come once, however often an endpoint is instrumented', async () => {
    const { client, server, connect } = createPair();
    expect(instrumentClient(client)).toBe(instrumentClient(client));
    expect(instrumentServer(server)).toBe(instrumentServer(server.server));
    addOrderTool({ server });
    await connect();
    await client.callTool({ name: 'get_order', arguments: { id: '1' } });
    await spanOf(exporter, 'tools/call get_order', clientKind);
    await spanOf(exporter, 'tools/call get_order', serverKind);
  });

  it('begin for an endpoint that was connected before', async () => {
    const { client, server, connect } = createPair(null, null);
    addOrderTool({ server });
    await connect();
    instrumentClient(client);
    instrumentServer(server);
    await client.callTool({ name: 'get_order', arguments: { id: '1' } });
    const sent = await spanOf(exporter, 'tools/call get_order', clientKind);
    const processed = await spanOf(exporter, 'tools/call get_order', serverKind);
    expect(processed.parentSpanContext?.spanId).toBe(sent.spanContext().spanId);
  });

  it('stop when the instrumentation is taken off, and open ones still end', async () => {
    const { client, server, connect } = createPair(null, null);
    const release = Promise.withResolvers<string>();
    server.registerTool('wait', {}, async () => text(await release.promise));
    addOrderTool({ server });
    const takeOff = [instrumentClient(client), instrumentServer(server)];
    await connect();
    const waiting = client.callTool({ name: 'wait' });
    for (const step of [...takeOff, ...takeOff]) step();
    await client.callTool({ name: 'get_order', arguments: { id: '1' } });
    release.resolve('done');
    await waiting;
    await spanOf(exporter, 'tools/call wait', clientKind);
    await spanOf(exporter, 'tools/call wait', serverKind);
    expect(exporter.getFinishedSpans().map(({ name }) => name)).not.toContain(
      'tools/call get_order',
    );
  });
});

describe('the SDK', () => {
  it('returns and throws what it did without instrumentation', async () => {
    const plain = createPair(null, null);
    const watched = createPair();
    const results = await Promise.all([plain, watched].map(everyKindOfCall));
    expect(results[1]).toEqual(results[0]);
    expect(results[0]).toHaveLength(5);
  });

  it('still sends debounced notifications once', async () => {
    const { client, server, connect } = createPair();
    let heard = 0;
    client.fallbackNotificationHandler = async () => {
      heard += 1;
    };
    await connect();
    await Promise.all([server.server.sendToolListChanged(), server.server.sendToolListChanged()]);
    await expect.poll(() => heard).toBe(1);
    const sent = await spanOf(exporter, 'notifications/tools/list_changed', SpanKind.CLIENT);
    expect(sent.status.code).toBe(SpanStatusCode.UNSET);
  });
});

async function everyKindOfCall({ client, server, connect }: Pair): Promise<readonly string[]> {
  addOrderTool({ server });
  server.registerTool('broken', {}, () => {
    throw new Error('disk full');
  });
  server.registerTool('slow', {}, () => new Promise(() => undefined));
  await connect();
  const ended = await Promise.allSettled([
    client.callTool({ name: 'get_order', arguments: { id: '1' } }),
    client.callTool({ name: 'broken' }),
    client.readResource({ uri: 'test://nowhere' }),
    client.callTool({ name: 'slow' }, undefined, { timeout: 20 }),
    client.request({ method: 'no/such' }, z.looseObject({})),
  ]);
  await client.close();
  return ended.map((end) =>
    end.status === 'fulfilled' ? JSON.stringify(end.value) : String(end.reason),
  );
}

function addOrderTool({ server }: Pick<Pair, 'server'>): void {
  server.registerTool('get_order', { inputSchema: { id: z.string() } }, ({ id }) =>
    text(`order ${id}`),
  );
}

function text(value: string): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text: value }] };
}
