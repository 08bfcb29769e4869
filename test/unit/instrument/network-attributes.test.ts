import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { describe, expect, it } from 'vitest';
import { instrumentClient } from '../../../instrument/instrument.ts';
import { networkAttributes, networkFacts } from '../../../instrument/network-attributes.ts';
import { clientKind, createPair, recordSpans, serverKind, spanOf } from './recorded-spans.ts';

const exporter = recordSpans();

describe('spans over streamable HTTP', () => {
  it('tell network, addresses, session and version on both sides', async () => {
    const { client, server } = createPair();
    server.registerTool('look', {}, () => ({ content: [] }));
    const http = await serve(server, () => randomUUID());
    const transport = new StreamableHTTPClientTransport(http.url);
    await client.connect(transport);
    await client.callTool({ name: 'look' });
    const shared = {
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'look',
      'jsonrpc.request.id': '1',
      'mcp.protocol.version': '2025-11-25',
      'mcp.session.id': transport.sessionId,
      'network.transport': 'tcp',
      'network.protocol.name': 'http',
    };
    const sent = await spanOf(exporter, 'tools/call look', clientKind);
    expect(sent.attributes).toEqual({
      ...shared,
      'server.address': '127.0.0.1',
      'server.port': Number(http.url.port),
    });
    const processed = await spanOf(exporter, 'tools/call look', serverKind);
    expect(processed.attributes).toEqual({
      ...shared,
      'client.address': '127.0.0.1',
      'client.port': expect.any(Number),
    });
    expect(processed.parentSpanContext?.spanId).toBe(sent.spanContext().spanId);
    const initialize = await spanOf(exporter, 'initialize', clientKind);
    expect(initialize.attributes['mcp.session.id']).toBe(transport.sessionId);
    await client.close();
    await http.close();
  });

  it('tell the version of the header and no session where the server keeps none', async () => {
    const { client, server } = createPair(null, {});
    server.registerTool('look', {}, () => ({ content: [] }));
    const http = await serve(server, undefined);
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-06-18',
    };
    const body = { jsonrpc: '2.0', id: 'x', method: 'tools/call', params: { name: 'look' } };
    await fetch(http.url, { method: 'POST', headers, body: JSON.stringify(body) });
    const processed = await spanOf(exporter, 'tools/call look', serverKind);
    expect(processed.attributes['mcp.protocol.version']).toBe('2025-06-18');
    expect(processed.attributes).not.toHaveProperty('mcp.session.id');
    await client.close();
    await http.close();
  });
});

describe('spans over stdio', () => {
  it('say pipe and join across the processes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-instrument-'));
    const file = join(folder, 'spans.jsonl');
    const client = new Client({ name: 'test-client', version: '1.0.0' });
    instrumentClient(client, { numberSpans: false });
    await client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [fileURLToPath(new URL('stdio-server.ts', import.meta.url)), file],
      }),
    );
    await client.callTool({ name: 'look' });
    await client.close();
    const sent = await spanOf(exporter, 'tools/call look', clientKind);
    const expected = {
      'mcp.method.name': 'tools/call',
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'look',
      'jsonrpc.request.id': '1',
      'mcp.protocol.version': '2025-11-25',
      'network.transport': 'pipe',
    };
    expect(sent.attributes).toEqual(expected);
    const processed = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
      .filter((span) => JSON.stringify(span).includes('tools/call look'));
    expect(processed).toMatchObject([
      {
        kind: serverKind,
        attributes: expected,
        parentSpanContext: { spanId: sent.spanContext().spanId, isRemote: true },
        links: [],
      },
    ]);
    rmSync(folder, { recursive: true });
  });
});

describe('addresses of a server', () => {
  it.each([
    ['https://mcp.example.com/mcp', 'mcp.example.com', 443],
    ['http://mcp.example.com/mcp', 'mcp.example.com', 80],
    ['http://[::1]:8080/mcp', '::1', 8080],
  ])('of %s are its host and port', (url, address, port) => {
    const facts = networkFacts(new StreamableHTTPClientTransport(new URL(url)));
    expect(networkAttributes(facts, 'initiating')).toEqual({
      'network.transport': 'tcp',
      'network.protocol.name': 'http',
      'server.address': address,
      'server.port': port,
    });
  });

  it('are not claimed of a transport that is not known', () => {
    expect(networkFacts({})).toEqual({});
    expect(networkFacts(Object.create(null))).toEqual({});
  });
});

async function serve(
  server: ReturnType<typeof createPair>['server'],
  sessionIdGenerator: (() => string) | undefined,
): Promise<{ readonly url: URL; close(): Promise<void> }> {
  const transport = new StreamableHTTPServerTransport(
    sessionIdGenerator ? { sessionIdGenerator } : {},
  );
  await server.connect(transport);
  const http = createServer((request: IncomingMessage, response: ServerResponse) => {
    void transport.handleRequest(request, response);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    url: new URL(`http://127.0.0.1:${port}/mcp`),
    close: async () => {
      await server.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
