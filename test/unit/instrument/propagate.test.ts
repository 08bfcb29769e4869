import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  ListRootsResultSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { context, propagation, trace } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  clientKind,
  createPair,
  recordSpans,
  sendRaw,
  serverKind,
  spanOf,
} from './recorded-spans.ts';

const exporter = recordSpans();
const tracer = { get: () => trace.getTracer('test') };

describe('the context of a request', () => {
  it('makes the server span a remote child of the client span, under the ambient span', async () => {
    const { client, server, connect } = createPair();
    let inHandler: string | undefined;
    server.registerTool('look', {}, () => {
      inHandler = trace.getActiveSpan()?.spanContext().spanId;
      return { content: [] };
    });
    await connect();
    const agent = tracer.get().startSpan('invoke_agent planner');
    await context.with(trace.setSpan(context.active(), agent), () =>
      client.callTool({ name: 'look' }),
    );
    const sent = await spanOf(exporter, 'tools/call look', clientKind);
    const processed = await spanOf(exporter, 'tools/call look', serverKind);
    expect(sent.parentSpanContext?.spanId).toBe(agent.spanContext().spanId);
    expect(processed.spanContext().traceId).toBe(agent.spanContext().traceId);
    expect(processed.parentSpanContext?.spanId).toBe(sent.spanContext().spanId);
    expect(processed.parentSpanContext?.isRemote).toBe(true);
    expect(processed.links).toEqual([]);
    expect(inHandler).toBe(processed.spanContext().spanId);
  });

  it('travels in _meta without prefix, with baggage, beside what is there', async () => {
    const { client } = createPair({}, null);
    const messages = await connectToWire(client);
    const mine = { method: 'ping', params: { _meta: { progressToken: 'p', mine: 1 } } };
    const before = structuredClone(mine);
    const baggage = propagation.createBaggage({ userId: { value: 'alice' } });
    await context.with(propagation.setBaggage(context.active(), baggage), () =>
      client.request(mine, z.looseObject({})),
    );
    const sent = await spanOf(exporter, 'ping', clientKind);
    const { traceId, spanId } = sent.spanContext();
    expect(messages.at(-1)).toMatchObject({
      method: 'ping',
      params: {
        _meta: {
          progressToken: 'p',
          mine: 1,
          traceparent: `00-${traceId}-${spanId}-01`,
          baggage: 'userId=alice',
        },
      },
    });
    expect(mine).toEqual(before);
  });

  it('gives the handler the baggage of the caller', async () => {
    const { client, server, connect } = createPair();
    let heard: string | undefined;
    server.registerTool('who', {}, () => {
      heard = propagation.getActiveBaggage()?.getEntry('userId')?.value;
      return { content: [] };
    });
    await connect();
    const baggage = propagation.createBaggage({ userId: { value: 'alice' } });
    await context.with(propagation.setBaggage(context.active(), baggage), () =>
      client.callTool({ name: 'who' }),
    );
    expect(heard).toBe('alice');
  });

  it('wins over the ambient span, which becomes a link', async () => {
    const { server } = createPair(null, {});
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    await server.connect(theirs);
    const ambient = tracer.get().startSpan('POST /mcp');
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await context.with(trace.setSpan(context.active(), ambient), () =>
      ours.send({
        jsonrpc: '2.0',
        id: 9,
        method: 'ping',
        params: { _meta: { traceparent, tracestate: 'vendor=1' } },
      }),
    );
    const processed = await spanOf(exporter, 'ping', serverKind);
    expect(processed.parentSpanContext).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      isRemote: true,
    });
    expect(processed.spanContext().traceState?.get('vendor')).toBe('1');
    expect(processed.links.map((link) => link.context.spanId)).toEqual([
      ambient.spanContext().spanId,
    ]);
  });

  it.each([
    ['absent', {}],
    ['malformed', { _meta: { traceparent: '00-zz-1-01', tracestate: 7, baggage: { a: 1 } } }],
    ['all zero', { _meta: { traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01` } }],
  ])('is the ambient one where that of the message is %s', async (_, params) => {
    const { server } = createPair(null, {});
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    await server.connect(theirs);
    const ambient = tracer.get().startSpan('POST /mcp');
    await context.with(trace.setSpan(context.active(), ambient), () =>
      sendRaw(ours, { jsonrpc: '2.0', id: 9, method: 'ping', params }),
    );
    const processed = await spanOf(exporter, 'ping', serverKind);
    expect(processed.parentSpanContext?.spanId).toBe(ambient.spanContext().spanId);
    expect(processed.links).toEqual([]);
  });
});

describe('what a server initiates', () => {
  it('has a client span in the server and a server span in the client, under the tool call', async () => {
    const { client, server, connect } = createPair();
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      model: 'test-model',
      role: 'assistant',
      content: { type: 'text', text: 'hi' },
    }));
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }));
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [] }));
    server.registerTool('ask', {}, async (extra) => {
      await server.server.createMessage({ messages: [], maxTokens: 1 });
      await server.server.elicitInput({
        message: 'sure?',
        requestedSchema: { type: 'object', properties: {} },
      });
      await extra.sendRequest({ method: 'roots/list' }, ListRootsResultSchema);
      return { content: [] };
    });
    await connect();
    await client.callTool({ name: 'ask' });
    const tool = await spanOf(exporter, 'tools/call ask', serverKind);
    for (const name of ['sampling/createMessage', 'elicitation/create', 'roots/list']) {
      const sent = await spanOf(exporter, name, clientKind);
      const processed = await spanOf(exporter, name, serverKind);
      expect(sent.parentSpanContext?.spanId).toBe(tool.spanContext().spanId);
      expect(processed.parentSpanContext?.spanId).toBe(sent.spanContext().spanId);
      expect(processed.attributes['jsonrpc.request.id']).toBe(
        sent.attributes['jsonrpc.request.id'],
      );
      expect(processed.attributes).not.toHaveProperty('gen_ai.operation.name');
    }
  });

  it('lies under our open call where an uninstrumented server says nothing', async () => {
    const { client, server, connect } = createPair({}, null);
    client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [] }));
    server.registerTool('ask', {}, async () => {
      await server.server.listRoots();
      return { content: [] };
    });
    await connect();
    await client.callTool({ name: 'ask' });
    const call = await spanOf(exporter, 'tools/call ask', clientKind);
    const processed = await spanOf(exporter, 'roots/list', serverKind);
    expect(processed.parentSpanContext?.spanId).toBe(call.spanContext().spanId);
  });
});

describe('the context of a notification', () => {
  it('makes its processing a child of its sending, in both directions', async () => {
    const { client, server, connect } = createPair();
    let inHandler: string | undefined;
    client.setNotificationHandler(LoggingMessageNotificationSchema, () => {
      inHandler = trace.getActiveSpan()?.spanContext().spanId;
    });
    await connect();
    await server.server.sendLoggingMessage({ level: 'info', data: 'hello' });
    await client.sendRootsListChanged();
    for (const name of ['notifications/message', 'notifications/roots/list_changed']) {
      const sent = await spanOf(exporter, name, clientKind);
      const processed = await spanOf(exporter, name, serverKind);
      expect(processed.parentSpanContext?.spanId).toBe(sent.spanContext().spanId);
      expect(sent.attributes).toEqual({
        'mcp.method.name': name,
        'mcp.protocol.version': '2025-11-25',
      });
      expect(processed.attributes).toEqual(sent.attributes);
    }
    const heard = await spanOf(exporter, 'notifications/message', serverKind);
    expect(inHandler).toBe(heard.spanContext().spanId);
  });
});

/** A peer that is only a wire: it remembers what it is sent and answers every request. */
async function connectToWire(
  client: ReturnType<typeof createPair>['client'],
): Promise<readonly JSONRPCMessage[]> {
  const messages: JSONRPCMessage[] = [];
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const onmessage = (message: JSONRPCMessage): void => {
    messages.push(message);
    if (!('method' in message && 'id' in message)) return;
    const serverInfo = { name: 'wire', version: '1' };
    const initialized = { protocolVersion: '2025-06-18', capabilities: {}, serverInfo };
    const result = message.method === 'initialize' ? initialized : {};
    void theirs.send({ jsonrpc: '2.0', id: message.id, result });
  };
  Object.assign(theirs, { onmessage });
  await client.connect(ours);
  return messages;
}
