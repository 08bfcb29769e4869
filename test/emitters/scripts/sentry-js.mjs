// /// script
// dependencies = [
//   "@sentry/node@10.40.0",
//   "@modelcontextprotocol/sdk@1.32.2",
//   "@opentelemetry/api@1.9.1",
//   "@opentelemetry/sdk-trace-node@2.12.0",
//   "@opentelemetry/resources@2.12.1",
//   "@opentelemetry/exporter-trace-otlp-http@0.223.1",
//   "zod@4.6.7",
// ]
// ///
// Sentry's wrapper of an MCP server, its spans sent as OTLP as well; inputs and outputs are recorded.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import * as Sentry from '@sentry/node';
import { addOrders, newServer, runWithClient } from './orders-mcp.mjs';

Sentry.init({
  dsn: `http://key@${new URL(process.env.MODEL_URL).host}/1`,
  tracesSampleRate: 1,
  sendDefaultPii: true,
  openTelemetrySpanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter())],
});
const server = Sentry.wrapMcpServerWithSentry(newServer(), {
  recordInputs: true,
  recordOutputs: true,
});
addOrders(server);
await runWithClient((transport) => server.connect(transport));
await new Promise((wake) => setTimeout(wake, 1500));
process.exit(0);
