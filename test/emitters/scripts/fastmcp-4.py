# /// script
# dependencies = [
#   "fastmcp==4.1.2",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""FastMCP 4 on both sides over HTTP: a mounted server behind a token, used by two people of one OAuth client."""

import asyncio

from fastmcp import Client

from telemetry import expect_error, start_server, start_telemetry

start_telemetry("shop-app")


async def main():
    process, url = start_server("fastmcp_orders_server.py", "mounted")
    try:
        async with Client(url, auth="ana-token") as client:
            await client.call_tool("orders_get_order", {"order_id": "A-1001"})
            await expect_error(client.call_tool("orders_refund_order", {"order_id": "A-1001", "amount": 250}))
            await expect_error(client.call_tool("orders_archive_order", {"order_id": "A-1001"}))
            await expect_error(client.call_tool("orders_slow_report", {"order_id": "A-1001"}, timeout=1))
            await client.get_prompt("orders_order_letter", {"order_id": "A-1001"})
            await client.read_resource("orders://orders/A-1001")
            await expect_error(client.read_resource("orders://nowhere"))
        async with Client(url, auth="ben-token") as client:
            await client.call_tool("orders_get_order", {"order_id": "A-1002"})
    finally:
        process.terminate()


asyncio.run(main())
