import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

/**
 * Starts only what a server needs of the OpenTelemetry SDK: OTLP over HTTP in JSON, to the address in its environment. The spans are
 * flushed when the server is told to end or has nothing more to do.
 */
export function startServerTelemetry(): void {
  const service = process.env['OTEL_SERVICE_NAME'] ?? 'unknown';
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= provider.shutdown());
  process.once('beforeExit', () => void stop());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void stop().finally(() => process.exit(0)));
  }
}
