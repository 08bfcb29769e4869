"""Logfire's instrumentation of the official Python SDK."""


def instrument(service):
    import logfire
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    logfire.configure(
        send_to_logfire=False,
        service_name=service,
        console=False,
        additional_span_processors=[SimpleSpanProcessor(OTLPSpanExporter())],
    )
    logfire.instrument_mcp()
