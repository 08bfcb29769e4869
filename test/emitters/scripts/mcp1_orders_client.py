"""The scripted client on the official Python SDK 1: four tools, a prompt, a resource."""

import asyncio
from datetime import timedelta

from telemetry import expect_error, start_server


def drive(instrumentation, around=None):
    """Starts the server, instrumented as the client is, and makes the calls, inside `around` where that is a context manager."""
    asyncio.run(_drive(instrumentation, around))


async def _drive(instrumentation, around):
    process, url = start_server("mcp1_orders_server.py", instrumentation)
    try:
        if around is None:
            await _calls(url)
        else:
            with around:
                await _calls(url)
    finally:
        process.terminate()
        process.wait(10)


async def _calls(url):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async with streamable_http_client(url) as (read, write, _), ClientSession(read, write) as session:
        await session.initialize()
        await session.list_tools()
        await session.call_tool("get_order", {"order_id": "A-1001"})
        await session.call_tool("refund_order", {"order_id": "A-1001", "amount": 250})
        await maybe_error(session.call_tool("archive_order", {"order_id": "A-1001"}))
        await maybe_error(
            session.call_tool("slow_report", {"order_id": "A-1001"}, read_timeout_seconds=timedelta(seconds=1))
        )
        await session.get_prompt("order_letter", {"order_id": "A-1001"})
        await session.read_resource("orders://A-1001")


async def maybe_error(call):
    """Fails on the wire; an instrumentation may swallow the exception."""
    try:
        print("no exception:", await call)
    except Exception as error:
        print(type(error).__name__, error)
