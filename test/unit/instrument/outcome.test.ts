import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { outcomeOfRejection } from '../../../instrument/outcome.ts';
import { clientKind, createPair, recordSpans, serverKind, spanOf } from './recorded-spans.ts';
import type { RecordedSpan } from './recorded-spans.ts';

const exporter = recordSpans();

/** Codes that model/mcp/common.yaml says the processing side SHOULD NOT take for errors; JSON-RPC's and MCP's own numbers. */
const callerMistakes = [-32700, -32600, -32601, -32602, -32002];
const ownFailures = [-32603, -32000, -32001, -32042, -1, 7];

describe('a JSON-RPC error', () => {
  it.each([...callerMistakes, ...ownFailures])('%i is an error on the client', async (code) => {
    const { client } = await spansOfError(code);
    expect(client.attributes['rpc.response.status_code']).toBe(String(code));
    expect(client.attributes['error.type']).toBe(String(code));
    expect(client.status.code).toBe(SpanStatusCode.ERROR);
    expect(client.status.message).toContain('no such order');
  });

  it.each(callerMistakes)('%i is no error on the server', async (code) => {
    const { server } = await spansOfError(code);
    expect(server.attributes['rpc.response.status_code']).toBe(String(code));
    expect(server.attributes).not.toHaveProperty('error.type');
    expect(server.status).toEqual({ code: SpanStatusCode.UNSET });
  });

  it.each(ownFailures)('%i is an error on the server', async (code) => {
    const { server } = await spansOfError(code);
    expect(server.attributes['rpc.response.status_code']).toBe(String(code));
    expect(server.attributes['error.type']).toBe(String(code));
    expect(server.status.code).toBe(SpanStatusCode.ERROR);
    expect(server.status.message).toContain('no such order');
  });

  it('of a method that nobody handles is recorded on both sides', async () => {
    const { client, connect } = createPair();
    await connect();
    await expect(client.request({ method: 'no/such' }, z.looseObject({}))).rejects.toThrow(
      'Method not found',
    );
    const sent = await spanOf(exporter, 'no/such', clientKind);
    expect(sent.attributes['error.type']).toBe('-32601');
    expect(sent.status).toEqual({ code: SpanStatusCode.ERROR, message: 'Method not found' });
    const processed = await spanOf(exporter, 'no/such', serverKind);
    expect(processed.attributes['rpc.response.status_code']).toBe('-32601');
    expect(processed.status).toEqual({ code: SpanStatusCode.UNSET });
  });

  it('has its message cut where it is very long', async () => {
    const { client } = await spansOfError(-32603, 'x'.repeat(5_000));
    expect(client.status.message).toHaveLength(1_024);
  });
});

describe('a tool that reports an error', () => {
  it('is a tool_error on both sides, without its content anywhere', async () => {
    const { client, server, connect } = createPair({ captureContent: true });
    server.registerTool('charge', {}, () => ({
      content: [{ type: 'text', text: 'card declined' }],
      isError: true,
    }));
    await connect();
    await client.callTool({ name: 'charge' });
    for (const kind of [clientKind, serverKind]) {
      const span = await spanOf(exporter, 'tools/call charge', kind);
      expect(span.attributes['error.type']).toBe('tool_error');
      expect(span.attributes).not.toHaveProperty('rpc.response.status_code');
      expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
      expect(JSON.stringify([span.attributes, span.status, span.events])).not.toContain('declined');
    }
  });
});

describe('a request without an answer', () => {
  it('is a timeout on the client and cancelled on the server when its time is up', async () => {
    const { client, server, connect } = createPair();
    server.registerTool('slow', {}, () => new Promise(() => undefined));
    await connect();
    await expect(client.callTool({ name: 'slow' }, undefined, { timeout: 20 })).rejects.toThrow(
      'Request timed out',
    );
    const sent = await spanOf(exporter, 'tools/call slow', clientKind);
    expect(sent.attributes['error.type']).toBe('timeout');
    expect(sent.attributes).not.toHaveProperty('rpc.response.status_code');
    expect(sent.status).toEqual({ code: SpanStatusCode.ERROR });
    const processed = await spanOf(exporter, 'tools/call slow', serverKind);
    expect(processed.attributes['error.type']).toBe('cancelled');
    expect(processed.status).toEqual({ code: SpanStatusCode.ERROR });
  });

  it('is cancelled on both sides when the caller gives up', async () => {
    const { client, server, connect } = createPair();
    server.registerTool('slow', {}, () => new Promise(() => undefined));
    await connect();
    const stop = new AbortController();
    const call = client.callTool({ name: 'slow' }, undefined, { signal: stop.signal });
    setTimeout(() => stop.abort(new Error('user pressed escape in /home/alice')), 10);
    await expect(call).rejects.toThrow('escape');
    for (const kind of [clientKind, serverKind]) {
      const span = await spanOf(exporter, 'tools/call slow', kind);
      expect(span.attributes['error.type']).toBe('cancelled');
      expect(span.status).toEqual({ code: SpanStatusCode.ERROR });
    }
  });

  it('is told by its connection when that closes', async () => {
    const { client, server, connect } = createPair();
    server.registerTool('slow', {}, () => new Promise(() => undefined));
    await connect();
    const call = client.callTool({ name: 'slow' });
    await Promise.all([expect(call).rejects.toThrow('Connection closed'), client.close()]);
    for (const kind of [clientKind, serverKind]) {
      const span = await spanOf(exporter, 'tools/call slow', kind);
      expect(span.attributes['error.type']).toBe('connection_closed');
    }
  });

  it('fails with the name of the exception of a broken transport, without its message', async () => {
    const { client, connect } = createPair();
    await connect();
    const { transport } = client;
    if (!transport) throw new Error('not connected');
    // The hook is on the outside; what fails is what lies under it.
    Reflect.set(transport, '_otherTransport', {
      onmessage: () => {
        throw new RangeError('secret in http://10.0.0.1/?token=1');
      },
    });
    await expect(client.ping()).rejects.toThrow(RangeError);
    const sent = await spanOf(exporter, 'ping', clientKind);
    expect(sent.attributes['error.type']).toBe('RangeError');
    expect(sent.status).toEqual({ code: SpanStatusCode.ERROR });
  });

  it('fails with the name of the exception when the answer does not fit', async () => {
    const { client, connect } = createPair();
    await connect();
    await expect(
      client.request({ method: 'ping' }, z.object({ pong: z.string() })),
    ).rejects.toThrow();
    const sent = await spanOf(exporter, 'ping', clientKind);
    expect(sent.attributes['error.type']).toMatch(/ZodError$/);
  });

  it('is a timeout when the signal itself had a time limit', () => {
    const limit = new AbortController();
    limit.abort(new DOMException('The operation timed out', 'TimeoutError'));
    expect(outcomeOfRejection(new McpError(-32001, 'x'), limit.signal).error?.type).toBe('timeout');
  });

  it('fails as _OTHER when what was thrown is no error', () => {
    expect(outcomeOfRejection('nothing', undefined).error?.type).toBe('_OTHER');
  });
});

async function spansOfError(
  code: number,
  message = 'no such order',
): Promise<{ readonly client: RecordedSpan; readonly server: RecordedSpan }> {
  const { client, server, connect } = createPair();
  server.registerResource('orders', 'test://orders/1', {}, () => {
    throw new McpError(code, message);
  });
  await connect();
  await expect(client.readResource({ uri: 'test://orders/1' })).rejects.toThrow();
  return {
    client: await spanOf(exporter, 'resources/read', clientKind),
    server: await spanOf(exporter, 'resources/read', serverKind),
  };
}
