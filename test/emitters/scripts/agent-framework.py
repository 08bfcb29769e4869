# /// script
# dependencies = [
#   "agent-framework-core==1.23.0",
#   "agent-framework-openai==1.17.0",
#   "mcp==2.3.0",
#   "tenacity==9.1.4",
#   "opentelemetry-sdk==1.45.2",
#   "opentelemetry-exporter-otlp-proto-http==1.45.2",
# ]
# ///
"""Microsoft's Agent Framework with its own telemetry, content on, against a traced MCP server. It knows no user."""

import asyncio
import os

from agent_framework import Agent, MCPStreamableHTTPTool
from agent_framework.observability import enable_instrumentation
from agent_framework.openai import OpenAIChatCompletionClient

from telemetry import MODEL_URL, start_telemetry

start_telemetry("shop")
enable_instrumentation(enable_sensitive_data=True)


async def main():
    client = OpenAIChatCompletionClient(model="scripted", api_key="scripted", base_url=f"{MODEL_URL}/v1")
    async with MCPStreamableHTTPTool(name="orders", url=os.environ["TRACED_ORDERS_URL"]) as orders:
        agent = Agent(client=client, name="shopkeeper", tools=[orders])
        print(await agent.run("[plan orders] Refund A-1001."))
        print(await agent.run("[plan lookup] Where is A-1002?"))


asyncio.run(main())
