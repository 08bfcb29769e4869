// The scripted MCP server: `--http` serves streamable HTTP on a free loopback port and prints its address, else it speaks over stdio.
// With `--traced` its spans are those of our own instrumentation, which with `--recording` says what was asked and answered.
import { createServer } from 'node:http';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  CallToolRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { instrumentServer } from '../../instrument/instrument.ts';
import { startTelemetry } from './node-telemetry.ts';
import { listenOnLoopback } from './listen-on-loopback.ts';

/** Longer than any client here waits, shorter than a run may take. */
const slowMs = 8000;

if (process.argv.includes('--traced')) startTelemetry('orders');

if (process.argv.includes('--http')) await serveHttp();
else await ordersServer().connect(new StdioServerTransport());

function ordersServer(): Server {
  const server = new Server(
    { name: 'orders', version: '2.3.0' },
    { capabilities: { tools: {}, prompts: {}, resources: {} } },
  );
  if (process.argv.includes('--traced')) {
    instrumentServer(server, { captureContent: process.argv.includes('--recording') });
  }
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) =>
    runTool(params.name, params.arguments),
  );
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: [{ name: 'order_letter' }],
  }));
  server.setRequestHandler(GetPromptRequestSchema, () => ({
    messages: [
      { role: 'user' as const, content: { type: 'text' as const, text: 'Write a letter.' } },
    ],
  }));
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: [{ name: 'A-1001', uri: 'orders://A-1001' }],
  }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }) => ({
    contents: [{ uri: params.uri, text: 'shipped' }],
  }));
  return server;
}

type Tool = {
  name: string;
  description: string;
  inputSchema: { type: 'object'; properties: Record<string, object>; required: string[] };
};

const tools: Tool[] = [
  tool('get_order', 'Looks an order up.', {}),
  tool('refund_order', 'Refunds an order.', { amount: { type: 'number' } }),
  tool('archive_order', 'Archives an order.', {}),
  tool('slow_report', 'Reports on an order, slowly.', {}),
];

function tool(name: string, description: string, more: Record<string, object>): Tool {
  const properties = { order_id: { type: 'string' }, ...more };
  return {
    name,
    description,
    inputSchema: { type: 'object', properties, required: Object.keys(properties) },
  };
}

/** A success, a tool's own error, a JSON-RPC error, a slow success. */
async function runTool(name: string, args: Record<string, unknown> = {}) {
  switch (name) {
    case 'get_order':
      return answer(`${String(args['order_id'])} is shipped`);
    case 'refund_order':
      return { ...answer('refunds over 100 need a person'), isError: true };
    case 'slow_report':
      await new Promise((resolve) => setTimeout(resolve, slowMs));
      return answer('nothing to report');
    case 'archive_order':
      throw new McpError(-32_050, 'the archive is closed');
    default:
      throw new McpError(-32_602, 'no such tool');
  }
}

function answer(text: string) {
  return { content: [{ type: 'text' as const, text }] };
}

/** A session a client, as servers with state have them. */
async function serveHttp(): Promise<void> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const http = createServer((request, response) => {
    void transportOf(String(request.headers['mcp-session-id'] ?? '')).then((transport) =>
      transport.handleRequest(request, response),
    );
  });
  const transportOf = async (id: string): Promise<StreamableHTTPServerTransport> => {
    const known = sessions.get(id);
    if (known) return known;
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (started) => {
        sessions.set(started, transport);
      },
    });
    await ordersServer().connect(transport);
    return transport;
  };
  const { url } = await listenOnLoopback(http);
  console.log(`${url}/mcp`);
}
