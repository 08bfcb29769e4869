# /// script
# dependencies = [
#   "opentelemetry-instrumentation-mcp==0.62.4",
#   "mcp==1.30.0",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""OpenLLMetry's instrumentation of the official Python SDK 1, on both sides over HTTP."""

from openllmetry_py import instrument

instrument("shop")

from mcp1_orders_client import drive

drive("openllmetry_py")
