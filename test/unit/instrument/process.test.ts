import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { LoggingMessageNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { receivedMax } from '../../../instrument/connection.ts';
import { createPair, recordSpans, sendRaw, serverKind, spanOf } from './recorded-spans.ts';

const exporter = recordSpans();

describe('processing a notification', () => {
  it('lasts until its handler has finished', async () => {
    const { client, server, connect } = createPair();
    const release = Promise.withResolvers<void>();
    client.setNotificationHandler(LoggingMessageNotificationSchema, () => release.promise);
    await connect();
    await server.server.sendLoggingMessage({ level: 'info', data: 'hello' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(processed('notifications/message')).toHaveLength(0);
    release.resolve();
    const span = await spanOf(exporter, 'notifications/message', serverKind);
    expect(span.status).toEqual({ code: SpanStatusCode.UNSET });
  });

  it('fails with the name of what its handler threw', async () => {
    const { client, server, connect } = createPair();
    const told: Error[] = [];
    Object.assign(client, { onerror: (error: Error) => told.push(error) });
    client.setNotificationHandler(LoggingMessageNotificationSchema, () => {
      throw new SyntaxError('secret');
    });
    await connect();
    await server.server.sendLoggingMessage({ level: 'info', data: 'hello' });
    const span = await spanOf(exporter, 'notifications/message', serverKind);
    expect(span.attributes['error.type']).toBe('SyntaxError');
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(told.map(({ message }) => message)).toEqual([
      'Uncaught error in notification handler: SyntaxError: secret',
    ]);
  });

  it('ends at once where nobody handles it', async () => {
    const { client, connect } = createPair();
    await connect();
    await client.sendRootsListChanged();
    await spanOf(exporter, 'notifications/roots/list_changed', serverKind);
  });
});

describe('a peer that breaks the rules', () => {
  it('gets a span for each of two requests with one id', async () => {
    const { server } = createPair(null, {});
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    await server.connect(theirs);
    await ours.send({ jsonrpc: '2.0', id: 5, method: 'ping' });
    await ours.send({ jsonrpc: '2.0', id: 5, method: 'ping' });
    await expect.poll(() => processed('ping')).toHaveLength(2);
  });

  it('gets no span for a message that the SDK does not take', async () => {
    const { server } = createPair(null, {});
    const told: Error[] = [];
    Object.assign(server.server, { onerror: (error: Error) => told.push(error) });
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    await server.connect(theirs);
    for (const params of [{ _meta: 'traceparent' }, { _meta: [] }, 'x']) {
      await sendRaw(ours, { jsonrpc: '2.0', id: 1, method: 'ping', params });
    }
    await server.close();
    expect(told).toHaveLength(3);
    expect(processed('ping')).toEqual([]);
  });

  it.each([
    ['', (at: number) => at, ['0', '1', '2']],
    [', all of one id', () => 7, ['7', '7', '7']],
  ])('cannot make more requests open than the limit%s', async (_, idOf, given) => {
    const { server } = createPair(null, {});
    server.registerTool('slow', {}, () => new Promise(() => undefined));
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    await server.connect(theirs);
    for (let at = 0; at < receivedMax + 3; at += 1) {
      await ours.send({
        jsonrpc: '2.0',
        id: idOf(at),
        method: 'tools/call',
        params: { name: 'slow' },
      });
    }
    const ended = processed('tools/call slow').map(({ attributes }) => attributes);
    expect(ended.map((attributes) => attributes['jsonrpc.request.id'])).toEqual(given);
    expect(ended.map((attributes) => attributes['error.type'])).toEqual(Array(3).fill('_OTHER'));
  });

  it('gets its string ids as they are', async () => {
    const { server } = createPair(null, {});
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    await server.connect(theirs);
    await ours.send({ jsonrpc: '2.0', id: 'a-1', method: 'ping' });
    const span = await spanOf(exporter, 'ping', serverKind);
    expect(span.attributes['jsonrpc.request.id']).toBe('a-1');
  });

  it('does not end anything by cancelling what was never asked', async () => {
    const { client, server, connect } = createPair();
    server.registerTool('look', {}, () => ({ content: [] }));
    await connect();
    await client.notification({ method: 'notifications/cancelled', params: { requestId: 99 } });
    await client.callTool({ name: 'look' });
    const span = await spanOf(exporter, 'tools/call look', serverKind);
    expect(span.status).toEqual({ code: SpanStatusCode.UNSET });
  });

  it('cannot leave a span open by closing the connection', async () => {
    const { client, server, connect } = createPair();
    server.registerTool('slow', {}, () => new Promise(() => undefined));
    await connect();
    const calls = [client.callTool({ name: 'slow' }), client.callTool({ name: 'slow' })];
    await Promise.all([Promise.allSettled(calls), client.close()]);
    await expect.poll(() => processed('tools/call slow')).toHaveLength(2);
    expect(processed('tools/call slow').map(({ attributes }) => attributes['error.type'])).toEqual([
      'connection_closed',
      'connection_closed',
    ]);
  });
});

function processed(name: string): ReturnType<typeof exporter.getFinishedSpans> {
  return exporter
    .getFinishedSpans()
    .filter((span) => span.name === name && span.kind === serverKind);
}
