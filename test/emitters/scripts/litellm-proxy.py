# /// script
# dependencies = [
#   "litellm[proxy]==1.106.2",
#   "mcp==2.3.0",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""LiteLLM's proxy as an MCP gateway before the traced orders server; the client is the official Python SDK 2, traced by itself."""

import asyncio
import os
import socket
import subprocess
import time

import httpx
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from telemetry import FOLDER, MODEL_URL, expect_error, start_telemetry

start_telemetry("shop")
home = os.environ["HOME"]
config = f"{home}/litellm.yaml"
with open(config, "w") as file:
    file.write(
        f"""
model_list:
  - model_name: scripted
    litellm_params: {{ model: openai/scripted, api_base: {MODEL_URL}/v1, api_key: scripted }}
litellm_settings:
  callbacks: [otel]
general_settings:
  master_key: sk-scripted
mcp_servers:
  orders: {{ url: "{os.environ['TRACED_ORDERS_URL']}", transport: http }}
"""
    )
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
endpoint = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"]
proxy = subprocess.Popen(
    [f"{FOLDER}/venv/bin/litellm", "--config", config, "--host", "127.0.0.1", "--port", str(port)],
    env={
        **os.environ,
        "OTEL_EXPORTER": "otlp_http",
        "OTEL_ENDPOINT": f"{endpoint}/v1/traces",
        "OTEL_SERVICE_NAME": "litellm",
        "LITELLM_OTEL_V2": "true",
        "LITELLM_LOCAL_MODEL_COST_MAP": "true",
    },
)


async def main():
    headers = {"x-litellm-api-key": "Bearer sk-scripted"}
    async with httpx2_client(headers) as http:
        transport = streamable_http_client(f"http://127.0.0.1:{port}/mcp/", http_client=http)
        async with Client(transport) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            print(names)
            name = {tool: next(n for n in names if n.endswith(tool)) for tool in ("get_order", "refund_order", "archive_order")}
            await client.call_tool(name["get_order"], {"order_id": "A-1001"})
            print(await client.call_tool(name["refund_order"], {"order_id": "A-1001", "amount": 250}))
            try:
                print(await client.call_tool(name["archive_order"], {"order_id": "A-1001"}))
            except Exception as error:
                print(type(error).__name__, error)


def httpx2_client(headers):
    from mcp.shared._httpx_utils import create_mcp_http_client

    return create_mcp_http_client(headers=headers)


try:
    for _ in range(120):
        time.sleep(1)
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health/liveliness").status_code == 200:
                break
        except httpx.HTTPError:
            continue
    asyncio.run(main())
    time.sleep(6)
finally:
    proxy.terminate()
    proxy.wait(10)
