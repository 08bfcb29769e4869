// /// script
// dependencies = [
//   "@traceloop/instrumentation-mcp@0.27.0",
//   "@modelcontextprotocol/sdk@1.32.2",
//   "@opentelemetry/api@1.9.1",
//   "@opentelemetry/sdk-trace-node@2.12.0",
//   "@opentelemetry/resources@2.12.1",
//   "@opentelemetry/exporter-trace-otlp-http@0.223.1",
//   "zod@4.6.7",
// ]
// ///
// OpenLLMetry's instrumentation of the TypeScript SDK's client, by hand, because its hooks match nothing there.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpInstrumentation } from '@traceloop/instrumentation-mcp';
import { expectError } from './command-line.mjs';
import { startTelemetry } from './telemetry.mjs';

const provider = startTelemetry('shop');
const instrumentation = new McpInstrumentation();
instrumentation.setTracerProvider(provider);
instrumentation.manuallyInstrument({ Client });

const client = new Client({ name: 'shop', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(new URL(process.env.ORDERS_URL)));
await client.listTools();
await client.callTool({ name: 'get_order', arguments: { order_id: 'A-1001' } });
await client.callTool({ name: 'refund_order', arguments: { order_id: 'A-1001', amount: 250 } });
await expectError(client.callTool({ name: 'archive_order', arguments: { order_id: 'A-1001' } }));
const slow = { name: 'slow_report', arguments: { order_id: 'A-1001' } };
await expectError(client.callTool(slow, undefined, { timeout: 1000 }));
await client.getPrompt({ name: 'order_letter', arguments: { order_id: 'A-1001' } });
await client.readResource({ uri: 'orders://A-1001' });
await client.close();
