"""What the Python scripts share: spans to the receiver as they end, and where the scripted parts are."""

import json
import os

MODEL_URL = os.environ["MODEL_URL"]
ORDERS_COMMAND = json.loads(os.environ["ORDERS_COMMAND"])
FOLDER = os.environ["EMITTER_FOLDER"]


def start_telemetry(service):
    """The global tracer provider; each span is sent when it ends, so that nothing is lost when a process is ended."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def start_server(script, *arguments):
    """Starts a server's script on a free loopback port, which it gets as its last argument, and waits until it answers."""
    import socket
    import subprocess
    import sys
    import time

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    here = os.path.dirname(os.path.abspath(__file__))
    process = subprocess.Popen([sys.executable, f"{here}/{script}", *arguments, str(port)])
    for _ in range(300):
        time.sleep(0.1)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, f"http://127.0.0.1:{port}/mcp"
    process.kill()
    raise TimeoutError(f"{script} did not start")


async def expect_error(call):
    """A call that has to fail; one that does not would make the capture say something else than the script did."""
    try:
        await call
    except Exception as error:
        print(type(error).__name__, error)
        return
    raise AssertionError("the call succeeded")
