"""The orders server on the official Python SDK 1, over streamable HTTP; what instruments it is imported by name first."""

import importlib
import sys

if len(sys.argv) > 2:
    importlib.import_module(sys.argv[1]).instrument("orders")

import anyio
import uvicorn
from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.shared.exceptions import McpError
from mcp.types import CallToolRequest, ErrorData

server = FastMCP("orders")


@server.tool()
def get_order(order_id: str) -> str:
    return f"{order_id} is shipped"


@server.tool()
def refund_order(order_id: str, amount: float) -> str:
    raise ToolError("refunds over 100 need a person")


@server.tool()
def archive_order(order_id: str) -> str:
    raise ToolError("not reached")


@server.tool()
async def slow_report(order_id: str) -> str:
    await anyio.sleep(3)
    return "nothing to report"


@server.resource("orders://{order_id}")
def order(order_id: str) -> str:
    return f"{order_id} is shipped"


@server.prompt()
def order_letter(order_id: str) -> str:
    return f"Write a letter about {order_id}."


# This SDK makes a tool error of whatever a tool raises, so the JSON-RPC error is raised around it.
handlers = server._mcp_server.request_handlers
run_tool = handlers[CallToolRequest]


async def run_or_refuse(request):
    if request.params.name == "archive_order":
        raise McpError(ErrorData(code=-32050, message="the archive is closed"))
    return await run_tool(request)


handlers[CallToolRequest] = run_or_refuse

uvicorn.run(server.streamable_http_app(), host="127.0.0.1", port=int(sys.argv[-1]), log_level="error")
