// A small server of one's own, over stdio: two lines give it its spans.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';
import { instrumentServer } from '../instrument/instrument.ts';
import { startServerTelemetry } from './server-telemetry.ts';

startServerTelemetry();

const refundLimit = 100;
const orders: ReadonlyMap<string, number> = new Map([
  ['A-1001', 89.9],
  ['A-1002', 1499],
]);

const server = new McpServer({ name: 'orders', version: '2.3.0' });
instrumentServer(server);

server.registerTool('get_order', { inputSchema: { id: z.string() } }, ({ id }) => {
  const total = orders.get(id);
  return total === undefined ? failure(`there is no order ${id}`) : text(`${id}: ${total} EUR`);
});

const refund = { id: z.string(), card: z.string() };
server.registerTool('refund_order', { inputSchema: refund }, ({ id }) => {
  const total = orders.get(id) ?? 0;
  if (total > refundLimit) return failure(`refunds over ${refundLimit} EUR need a person`);
  return text(`${total} EUR refunded`);
});

await server.connect(new StdioServerTransport());

function text(value: string) {
  return { content: [{ type: 'text' as const, text: value }] };
}

function failure(value: string) {
  return { ...text(value), isError: true };
}
