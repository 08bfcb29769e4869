import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { context, propagation, trace } from '@opentelemetry/api';
import { OWN_SCOPE } from './own-scope.ts';
import { traceBy } from './trace-work.ts';

/** The variables that are looked at, as OpenTelemetry's specification names them; the SDK reads its further ones itself. */
export type TracingEnvironment = Readonly<Record<string, string | undefined>>;

export type RunningTracing = {
  /** Sends what is left, as far as it can be sent in time. Safe twice. */
  stop(): Promise<void>;
};

/** Last spans are worth this much of a stop, and no more. */
const FLUSH_WAIT_MS_MAX = 2_000;

const off: RunningTracing = { stop: async () => Promise.resolve() };

/**
 * Traces the work of this thread to where `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT` says; without them nothing is loaded. A receiver
 * that is away costs spans, and nothing else.
 */
export async function startTracing(
  role: string,
  environment: TracingEnvironment,
): Promise<RunningTracing> {
  if (!isWanted(environment)) return off;
  const [{ NodeSDK }, { OTLPTraceExporter }, { envDetector, resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/sdk-node'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
  const version = ownVersion();
  const sdk = new NodeSDK({
    serviceName: `waybill-${role}`,
    resource: resourceFromAttributes({
      'service.namespace': 'waybill',
      'service.version': version,
      'service.instance.id': randomUUID(),
    }),
    // The others tell the command line and the owner of the process.
    resourceDetectors: [envDetector],
    traceExporter: new OTLPTraceExporter(exporterSettings(environment)),
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [],
  });
  sdk.start();
  traceBy(trace.getTracer(OWN_SCOPE, version));
  const stop = async (): Promise<void> => {
    traceBy(undefined);
    const late = wait(FLUSH_WAIT_MS_MAX, undefined, { ref: false });
    await Promise.race([sdk.shutdown().catch(() => undefined), late]);
    for (const api of [trace, propagation, context]) api.disable();
  };
  let stopping: Promise<void> | undefined;
  return { stop: () => (stopping ??= stop()) };
}

/** What is still being sent holds the process, beyond its stop too: so each export has no longer than a stop waits, unless the environment says otherwise. */
function exporterSettings({
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: ofTraces,
  OTEL_EXPORTER_OTLP_TIMEOUT: ofAll,
}: TracingEnvironment): { readonly timeoutMillis?: number } {
  return (ofTraces ?? ofAll) === undefined ? { timeoutMillis: FLUSH_WAIT_MS_MAX } : {};
}

function isWanted(environment: TracingEnvironment): boolean {
  const {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: ofTraces,
    OTEL_EXPORTER_OTLP_ENDPOINT: ofAll,
    OTEL_TRACES_EXPORTER: exporter,
    OTEL_SDK_DISABLED: disabled,
  } = environment;
  if (disabled?.trim().toLowerCase() === 'true' || exporter?.trim() === 'none') return false;
  return [ofTraces, ofAll].some((endpoint) => endpoint !== undefined && endpoint.trim() !== '');
}

function ownVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return /"version":\s*"([^"]+)"/.exec(manifest)?.[1] ?? 'unknown';
}
