"""Datadog's tracer, sending OTLP."""


def instrument(service):
    import os

    os.environ["DD_SERVICE"] = service
    from ddtrace import patch

    patch(mcp=True)
