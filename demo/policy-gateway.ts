// A small gateway between agents and one MCP server: it knows who calls by their token, and denies what policy forbids. Its spans come
// under a gateway's producer key, so what it says of users counts for more than what agents say.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js';
import { trace } from '@opentelemetry/api';
import { instrumentClient, instrumentServer } from '../instrument/instrument.ts';
import { startServerTelemetry } from './server-telemetry.ts';
import { userOfToken } from './user-token.ts';

const forbiddenTools: ReadonlyMap<string, string> = new Map([['get-env', 'no-secrets-to-agents']]);
/** A server error code of the implementation's own range (JSON-RPC 2.0, section 5.1). */
const deniedCode = -32003;

startServerTelemetry();

const upstreamUrl = process.argv[2] ?? '';
const tokenSecret = process.env['DEMO_TOKEN_SECRET'] ?? '';
const sessions = new Map<string, StreamableHTTPServerTransport>();

const http = createServer((request, response) => {
  const sessionId = String(request.headers['mcp-session-id'] ?? '');
  void (async () => {
    const transport = sessions.get(sessionId) ?? (await openSession());
    await transport.handleRequest(request, response);
  })().catch(() => response.writeHead(500).end());
});
http.listen(0, '127.0.0.1', () => {
  const address = http.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  console.log(JSON.stringify({ url: `http://127.0.0.1:${port}/mcp` }));
});

async function openSession(): Promise<StreamableHTTPServerTransport> {
  const upstream = new Client({ name: 'policy-gateway', version: '1.0.0' });
  instrumentClient(upstream, { attributes: { 'mcp.server.name': 'everything' } });
  await upstream.connect(new StreamableHTTPClientTransport(new URL(upstreamUrl)));

  const server = new Server(
    { name: 'policy-gateway', version: '1.0.0' },
    { capabilities: { tools: {} } },
  );
  instrumentServer(server, { attributes: { 'mcp.server.name': 'everything' } });
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => upstream.listTools(params));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { requestInfo }) => {
    decide(params.name, userOfToken(tokenSecret, requestInfo?.headers['authorization']));
    return await upstream.callTool({ name: params.name, arguments: params.arguments });
  });

  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
  });
  await server.connect(transport);
  return transport;
}

/** Says on the gateway's span who called and what was decided; throws what the caller gets to see of a denial. */
function decide(tool: string, user: string | undefined): void {
  const span = trace.getActiveSpan();
  if (user) span?.setAttribute('jwt.sub', user);
  const rule = user ? forbiddenTools.get(tool) : 'authenticated-users-only';
  span?.setAttribute('policy.decision', rule ? 'deny' : 'allow');
  if (!rule) return;
  span?.setAttribute('policy.rule', rule);
  throw new McpError(deniedCode, `denied by policy ${rule}`);
}
