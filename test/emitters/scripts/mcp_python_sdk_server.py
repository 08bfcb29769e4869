"""The orders server on the official Python SDK 2, over stdio."""

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError

from telemetry import start_telemetry

start_telemetry("orders")
server = MCPServer("orders")


@server.tool()
def get_order(order_id: str) -> str:
    return f"{order_id} is shipped"


@server.tool()
def refund_order(order_id: str, amount: float) -> str:
    raise ToolError("refunds over 100 need a person")


@server.tool()
def archive_order(order_id: str) -> str:
    raise MCPError(-32050, "the archive is closed")


@server.tool()
async def slow_report(order_id: str) -> str:
    import anyio

    await anyio.sleep(3)
    return "nothing to report"


@server.resource("orders://{order_id}")
def order(order_id: str) -> str:
    return f"{order_id} is shipped"


@server.prompt()
def order_letter(order_id: str) -> str:
    return f"Write a letter about {order_id}."


server.run("stdio")
