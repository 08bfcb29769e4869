// /// script
// dependencies = [
//   "@modelcontextprotocol/sdk@1.32.2",
//   "@opentelemetry/api@1.9.1",
//   "@opentelemetry/sdk-trace-node@2.12.0",
//   "@opentelemetry/resources@2.12.1",
//   "@opentelemetry/exporter-trace-otlp-http@0.223.1",
// ]
// ///
// The official TypeScript SDK, which emits nothing, with our own instrumentation on both sides; an agent's span of the program's own around.
import { context, trace } from '@opentelemetry/api';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expectError, installPacked } from './command-line.mjs';
import { startTelemetry } from './telemetry.mjs';

startTelemetry('shop');
installPacked('scripts/pack-instrument.ts', '@waybill/instrument');
const { instrumentClient } = await import('@waybill/instrument');

const client = new Client({ name: 'shop', version: '1.0.0' });
instrumentClient(client, { captureContent: true });
await client.connect(new StreamableHTTPClientTransport(new URL(process.env.TRACED_ORDERS_URL)));

const tracer = trace.getTracer('shop');
async function asAgent(user, work) {
  const span = tracer.startSpan('invoke_agent shopkeeper', {
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'shopkeeper',
      'user.id': user,
    },
  });
  await context.with(trace.setSpan(context.active(), span), work);
  span.end();
}

await asAgent('ana@example.com', async () => {
  await client.callTool({ name: 'get_order', arguments: { order_id: 'A-1001' } });
  await client.callTool({ name: 'refund_order', arguments: { order_id: 'A-1001', amount: 250 } });
  await expectError(client.callTool({ name: 'archive_order', arguments: { order_id: 'A-1001' } }));
  const slow = { name: 'slow_report', arguments: { order_id: 'A-1001' } };
  await expectError(client.callTool(slow, undefined, { timeout: 1000 }));
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 500);
  await expectError(client.callTool(slow, undefined, { signal: stop.signal }));
});
await asAgent('ben@example.com', async () => {
  await client.getPrompt({ name: 'order_letter', arguments: { order_id: 'A-1002' } });
  await client.readResource({ uri: 'orders://A-1002' });
});
await client.close();
