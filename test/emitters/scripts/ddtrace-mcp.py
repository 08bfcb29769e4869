# /// script
# dependencies = [
#   "ddtrace==4.16.0",
#   "mcp==1.30.0",
#   "uvicorn==0.54.0",
# ]
# ///
"""Datadog's tracer for Python with OTLP export, on both sides of the official Python SDK 1 over HTTP."""

import os

# Read when the tracer starts, in the server's process as well.
os.environ["OTEL_TRACES_EXPORTER"] = "otlp"
os.environ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] + "/v1/traces"
os.environ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] = "http/json"
os.environ["DD_INSTRUMENTATION_TELEMETRY_ENABLED"] = "false"
os.environ["DD_REMOTE_CONFIGURATION_ENABLED"] = "false"

from ddtrace_mcp import instrument

instrument("shop")

from mcp1_orders_client import drive

drive("ddtrace_mcp")
