# /// script
# dependencies = [
#   "logfire==5.2.0",
#   "mcp==1.30.0",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""Logfire's instrumentation of the official Python SDK 1, on both sides over HTTP."""

from logfire_mcp import instrument

instrument("shop")

from mcp1_orders_client import drive

drive("logfire_mcp")
