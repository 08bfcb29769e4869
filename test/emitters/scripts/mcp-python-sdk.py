# /// script
# dependencies = [
#   "mcp==2.3.0",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""The official Python SDK 2 on both sides, over stdio: it instruments itself. No agent, no user."""

import os
import sys

import anyio
from mcp import Client, MCPError, StdioServerParameters, stdio_client

from telemetry import start_telemetry

start_telemetry("shop")


async def main():
    here = os.path.dirname(os.path.abspath(__file__))
    server = StdioServerParameters(
        command=sys.executable, args=[f"{here}/mcp_python_sdk_server.py"], env=dict(os.environ)
    )
    async with Client(stdio_client(server)) as client:
        await client.list_tools()
        await client.call_tool("get_order", {"order_id": "A-1001"})
        await client.call_tool("refund_order", {"order_id": "A-1001", "amount": 250})
        await expect_error(client.call_tool("archive_order", {"order_id": "A-1001"}))
        await expect_error(
            client.call_tool("slow_report", {"order_id": "A-1001"}, read_timeout_seconds=1)
        )
        await client.get_prompt("order_letter", {"order_id": "A-1001"})
        await client.read_resource("orders://A-1001")


async def expect_error(call):
    try:
        await call
    except (MCPError, TimeoutError) as error:
        print(type(error).__name__, error)
        return
    raise AssertionError("the call succeeded")


anyio.run(main)
