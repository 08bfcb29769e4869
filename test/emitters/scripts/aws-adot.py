# /// script
# dependencies = [
#   "aws-opentelemetry-distro==0.21.0",
#   "mcp==1.30.0",
#   "uvicorn==0.54.0",
# ]
# ///
"""AWS's OpenTelemetry distribution: its instrumentation of the official Python SDK 1, on both sides over HTTP."""

from adot_mcp import instrument

instrument("shop")

from mcp1_orders_client import drive

drive("adot_mcp")
