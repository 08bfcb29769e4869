"""The orders server on FastMCP, over HTTP. `mounted`: under the name `orders` in another server that asks for a token."""

import sys

from fastmcp import FastMCP
from fastmcp.exceptions import ToolError

from telemetry import start_telemetry

try:  # FastMCP 4
    from mcp.shared.exceptions import MCPError

    def refuse(code, message):
        return MCPError(code, message)
except ImportError:  # FastMCP 3
    from mcp import McpError
    from mcp.types import ErrorData

    def refuse(code, message):
        return McpError(ErrorData(code=code, message=message))


orders = FastMCP("orders")


@orders.tool
def get_order(order_id: str) -> str:
    return f"{order_id} is shipped"


@orders.tool
def refund_order(order_id: str, amount: float) -> str:
    raise ToolError("refunds over 100 need a person")


@orders.tool
def archive_order(order_id: str) -> str:
    raise refuse(-32050, "the archive is closed")


@orders.tool
async def slow_report(order_id: str) -> str:
    import anyio

    await anyio.sleep(3)
    return "nothing to report"


@orders.resource("orders://{order_id}")
def order(order_id: str) -> str:
    return f"{order_id} is shipped"


@orders.prompt
def order_letter(order_id: str) -> str:
    return f"Write a letter about {order_id}."


def mounted():
    from fastmcp.server.auth.providers.jwt import StaticTokenVerifier

    # Two people, one OAuth client: what FastMCP sends of them is the client.
    tokens = {
        f"{person}-token": {"client_id": "shop-app", "scopes": ["orders"], "sub": f"{person}@example.com"}
        for person in ("ana", "ben")
    }
    shop = FastMCP("shop", auth=StaticTokenVerifier(tokens=tokens))
    shop.mount(orders, namespace="orders")
    return shop


if __name__ == "__main__":
    start_telemetry("orders-host")
    server = mounted() if "mounted" in sys.argv else orders
    server.run(transport="http", host="127.0.0.1", port=int(sys.argv[-1]), show_banner=False, log_level="error")
