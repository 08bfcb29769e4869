/** Where the spans of one process of the demo go, and as whom. */
export type TelemetryTarget = {
  readonly service: string;
  readonly otlpHttp: string;
  readonly key: string;
};

/** The standard variables that the OpenTelemetry SDK reads: a program needs nothing of ours to send its spans here. */
export function telemetryEnvironment(target: TelemetryTarget): Record<string, string> {
  return {
    OTEL_SERVICE_NAME: target.service,
    OTEL_EXPORTER_OTLP_ENDPOINT: target.otlpHttp,
    OTEL_EXPORTER_OTLP_HEADERS: `Authorization=${encodeURIComponent(`Bearer ${target.key}`)}`,
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_NODE_RESOURCE_DETECTORS: 'env',
    // The default of five seconds is for production; the demo shows its spans at once.
    OTEL_BSP_SCHEDULE_DELAY: '200',
  };
}
