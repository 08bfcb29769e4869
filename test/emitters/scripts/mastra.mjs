// /// script
// dependencies = [
//   "@mastra/core@1.71.0",
//   "@mastra/mcp@2.0.0",
//   "@mastra/observability@1.17.9",
//   "@mastra/otel-exporter@1.4.0",
//   "@ai-sdk/openai-compatible@3.0.92",
//   "@opentelemetry/exporter-trace-otlp-http@0.223.1",
//   "@opentelemetry/exporter-trace-otlp-proto@0.223.1",
//   "@opentelemetry/exporter-logs-otlp-http@0.223.1",
//   "zod@4.6.7",
// ]
// ///
// Mastra with its OTLP exporter; the user is in the trace's metadata.
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { Agent } from '@mastra/core/agent';
import { Mastra } from '@mastra/core/mastra';
import { MCPClient } from '@mastra/mcp';
import { Observability } from '@mastra/observability';
import { OtelExporter } from '@mastra/otel-exporter';

const scripted = createOpenAICompatible({
  name: 'scripted',
  baseURL: `${process.env.MODEL_URL}/v1`,
  apiKey: 'scripted',
});
const servers = new MCPClient({ servers: { orders: { url: new URL(process.env.ORDERS_URL) } } });
const shopkeeper = new Agent({
  id: 'shopkeeper',
  name: 'shopkeeper',
  instructions: 'Keep the shop.',
  model: scripted('scripted'),
  tools: await servers.listTools(),
});
const endpoint = `${process.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`;
const exporter = new OtelExporter({ provider: { custom: { endpoint, protocol: 'http/json' } } });
const mastra = new Mastra({
  agents: { shopkeeper },
  observability: new Observability({
    configs: { otel: { serviceName: 'shop', exporters: [exporter] } },
  }),
});
const agent = mastra.getAgent('shopkeeper');
for (const [person, prompt] of [
  ['ana', '[plan orders] Refund A-1001.'],
  ['ben', '[plan lookup] Where is A-1002?'],
]) {
  const answer = await agent.generate(prompt, {
    maxSteps: 6,
    tracingOptions: { metadata: { userId: `${person}@example.com` } },
  });
  console.log(answer.text);
}
await exporter.flush();
await servers.disconnect();
process.exit(0);
