// /// script
// dependencies = [
//   "ai@7.0.173",
//   "@ai-sdk/otel@1.0.173",
//   "@ai-sdk/mcp@2.0.99",
//   "@ai-sdk/openai-compatible@3.0.92",
//   "@opentelemetry/api@1.9.1",
//   "@opentelemetry/sdk-trace-node@2.12.0",
//   "@opentelemetry/resources@2.12.1",
//   "@opentelemetry/exporter-trace-otlp-http@0.223.1",
//   "zod@4.6.7",
// ]
// ///
// Vercel's AI SDK with its OpenTelemetry integration in the standard's dialect, before a server that records what it is asked.
import { OpenTelemetry } from '@ai-sdk/otel';
import { drive } from './ai-sdk-agent.mjs';

await drive(new OpenTelemetry(), process.env.RECORDING_ORDERS_URL);
