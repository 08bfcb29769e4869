# /// script
# dependencies = [
#   "fastmcp==3.4.10",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""FastMCP 3: a client, a proxy in its process, and a server over HTTP behind it."""

import asyncio

from fastmcp import Client
from fastmcp.server import create_proxy

from telemetry import expect_error, start_server, start_telemetry

start_telemetry("shop-app")


async def main():
    process, url = start_server("fastmcp_orders_server.py")
    try:
        async with Client(create_proxy(url, name="front")) as client:
            await client.call_tool("get_order", {"order_id": "A-1001"})
            await expect_error(client.call_tool("refund_order", {"order_id": "A-1001", "amount": 250}))
            await expect_error(client.call_tool("archive_order", {"order_id": "A-1001"}))
            await expect_error(client.call_tool("slow_report", {"order_id": "A-1001"}, timeout=1))
            await client.get_prompt("order_letter", {"order_id": "A-1001"})
            await client.read_resource("orders://A-1001")
            await expect_error(client.read_resource("nowhere://A-1001"))
    finally:
        process.terminate()


asyncio.run(main())
