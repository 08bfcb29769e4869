# /// script
# dependencies = [
#   "mcp-contextforge-gateway==1.0.7.post20260921",
#   "mcp==1.30.0",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""IBM's ContextForge as a gateway before the traced orders server; the client knows who asks, and sends no spans."""

import asyncio
import os
import socket
import subprocess
import time

import httpx
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

FOLDER = os.environ["EMITTER_FOLDER"]
home = os.environ["HOME"]
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
address = f"http://127.0.0.1:{port}"
secret = "scripted-secret-of-more-than-thirty-two-characters"
environment = {
    **os.environ,
    "ENVIRONMENT": "development",
    "DATABASE_URL": f"sqlite:///{home}/gateway.db",
    "CACHE_TYPE": "memory",
    "JWT_SECRET_KEY": secret,
    "AUTH_ENCRYPTION_SECRET": secret[::-1],
    "PLATFORM_ADMIN_EMAIL": "ana@example.com",
    "PLATFORM_ADMIN_PASSWORD": "Scripted-1-password",
    "BASIC_AUTH_PASSWORD": "Scripted-2-password",
    "SSRF_ALLOW_LOCALHOST": "true",
    "OTEL_ENABLE_OBSERVABILITY": "true",
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http",
    "OTEL_EXPORTER_OTLP_ENDPOINT": f"{os.environ['OTEL_EXPORTER_OTLP_ENDPOINT']}/v1/traces",
    "OTEL_SERVICE_NAME": "contextforge",
    "OTEL_BSP_SCHEDULE_DELAY": "500",
    "OTEL_CAPTURE_IDENTITY_ATTRIBUTES": "true",
}


def run_module(*words):
    program = [f"{FOLDER}/venv/bin/python", "-m", *words]
    return subprocess.run(program, env=environment, cwd=home, check=True, capture_output=True, text=True).stdout


def wait_until_ready():
    for _ in range(120):
        time.sleep(1)
        try:
            if httpx.get(f"{address}/health").status_code == 200:
                return
        except httpx.HTTPError:
            continue


async def main(headers):
    async with streamablehttp_client(f"{address}/mcp/", headers=headers) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            names = [tool.name for tool in (await session.list_tools()).tools]
            print(names)
            for tool, more in (("get-order", {}), ("refund-order", {"amount": 250}), ("archive-order", {})):
                name = next(each for each in names if each.endswith(tool))
                try:
                    print(await session.call_tool(name, {"order_id": "A-1001", **more}))
                except Exception as error:
                    print(type(error).__name__, error)


gateway = subprocess.Popen(
    [f"{FOLDER}/venv/bin/mcpgateway", "--host", "127.0.0.1", "--port", str(port)], env=environment, cwd=home
)
try:
    wait_until_ready()
    words = ["--username", "ana@example.com", "--exp", "60", "--secret", secret, "--admin"]
    token = run_module("mcpgateway.utils.create_jwt_token", *words).strip().splitlines()[-1]
    headers = {"Authorization": f"Bearer {token}"}
    orders = {"name": "orders", "url": os.environ["TRACED_ORDERS_URL"], "transport": "STREAMABLEHTTP"}
    answer = httpx.post(f"{address}/gateways", json=orders, headers=headers, timeout=60)
    answer.raise_for_status()
    asyncio.run(main(headers))
    time.sleep(4)
finally:
    gateway.terminate()
    gateway.wait(10)
