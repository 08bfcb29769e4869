// The orders server on the TypeScript SDK for emitters that instrument a server, and the calls that a client makes of it.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer, ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { expectError } from './command-line.mjs';

const text = (said) => ({ content: [{ type: 'text', text: said }] });

/** Adds tools, a prompt and a resource to a server, which may be wrapped already. */
export function addOrders(server) {
  const order = { order_id: z.string() };
  server.registerTool('get_order', { inputSchema: order }, ({ order_id }) =>
    text(`${order_id} is shipped`),
  );
  server.registerTool('refund_order', { inputSchema: { ...order, amount: z.number() } }, () => ({
    ...text('refunds over 100 need a person'),
    isError: true,
  }));
  server.registerPrompt('order_letter', { argsSchema: order }, ({ order_id }) => ({
    messages: [{ role: 'user', content: { type: 'text', text: `Write about ${order_id}.` } }],
  }));
  const template = new ResourceTemplate('orders://{order_id}', { list: undefined });
  server.registerResource('order', template, {}, (uri) => ({
    contents: [{ uri: uri.href, text: 'shipped' }],
  }));
}

export const newServer = () => new McpServer({ name: 'orders', version: '2.3.0' });

/** A success, a tool's own error, a prompt, a resource, and a prompt that is not there: a JSON-RPC error. */
export async function callOrders(client) {
  await client.callTool({ name: 'get_order', arguments: { order_id: 'A-1001' } });
  await client.callTool({ name: 'refund_order', arguments: { order_id: 'A-1001', amount: 250 } });
  await client.getPrompt({ name: 'order_letter', arguments: { order_id: 'A-1001' } });
  await client.readResource({ uri: 'orders://A-1001' });
  await expectError(client.getPrompt({ name: 'no_letter' }));
}

/** Runs a server with a client in the same process; `connect` begins a server's side of a pair of transports. */
export async function runWithClient(connect) {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const client = new Client({ name: 'shop', version: '1.0.0' });
  await connect(theirs);
  await client.connect(ours);
  await callOrders(client);
  await client.close();
}
