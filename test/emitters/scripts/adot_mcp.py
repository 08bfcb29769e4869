"""AWS's distribution's instrumentation of the official Python SDK."""


def instrument(service):
    from amazon.opentelemetry.distro.instrumentation.mcp import McpInstrumentor

    from telemetry import start_telemetry

    start_telemetry(service)
    McpInstrumentor().instrument()
